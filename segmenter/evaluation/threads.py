"""How well stories are put into threads: articles in order of time through splitter and tracker, as in the job."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ..document import Block, Story
from ..errors import InputError
from ..tasks import Splitter
from ..tracking.records import in_utc
from ..tracking.tracker import StoryTracker
from .clustering import BCubed, bcubed
from .lines import read_lines

_LINE = re.compile(r"\S(?:[^\n]*\S)?")


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An article with the thread that it belongs to."""

    id: str
    text: str
    date: datetime
    outlet: str | None
    thread: str


class Tracked(NamedTuple):
    """What a method made of the articles.

    Parameters
    ----------
    name : str
    threads : list of str
        One for each article.
    score : BCubed
    seconds : float
    """

    name: str
    threads: list[str]
    score: BCubed
    seconds: float


def read_gold_threads(path: str | Path, texts: str | Path | None = None) -> list[GoldArticle]:
    """Read articles with their threads, and put them in the order of date and id.

    Parameters
    ----------
    path : path
        A JSON object a line: ``id``, ``date`` (ISO 8601), ``thread`` (or ``story``), ``outlet`` where it is known, and
        ``text``.
    texts : path, optional
        The texts, if they stand in a file of their own: ``id`` and ``text``.

    Raises
    ------
    InputError
        If a file cannot be read, a line lacks a field, or an id occurs twice.
    """
    known = None if texts is None else {str(record["id"]): record["text"] for record in _records(texts, ("text",))}
    found: dict[str, GoldArticle] = {}
    for number, record in enumerate(_records(path, ("date",)), 1):
        name, place = str(record["id"]), f"article {number}"
        text = record.get("text") if known is None else known.get(name)
        thread = next((record[key] for key in ("thread", "story") if record.get(key) is not None), None)
        if not isinstance(text, str) or thread is None or name in found:
            what = "its id occurs twice" if name in found else "has no thread" if thread is None else "has no text"
            raise InputError(str(path), place, f"{name!r}: {what}", "give every article an id of its own, a thread, "
                             "and a text, here or in a second file")  # fmt: skip
        try:
            date = in_utc(datetime.fromisoformat(record["date"]))
        except (TypeError, ValueError) as error:
            raise InputError(str(path), place, f"no date with a time zone ({error})",
                             "write 2024-03-01T12:00:00+00:00") from error  # fmt: skip
        found[name] = GoldArticle(name, text, date, record.get("outlet"), str(thread))
    if not found:
        raise InputError(str(path), "", "holds no article", "write one JSON object a line")
    return sorted(found.values(), key=lambda article: (article.date, article.id))


def main_stories(articles: Sequence[GoldArticle], segmenter: Splitter) -> tuple[list[Story | None], int]:
    """The longest story of each article, None where there is none, and how many articles were cut into several."""
    found: list[Story | None] = []
    several = 0
    for article in articles:
        stories = segmenter.split(article.text).stories
        several += len(stories) > 1
        found.append(max(stories, key=lambda story: len(story.text), default=None))
    return found, several


def whole_stories(articles: Sequence[GoldArticle]) -> list[Story | None]:
    """Each article as one story, what splitting should make of it: the first line is the headline, if others follow."""
    found: list[Story | None] = []
    for article in articles:
        lines = [line.span() for line in _LINE.finditer(article.text)]
        kinds = ["headline" if len(lines) > 1 else "body", *["body"] * len(lines)]
        blocks = [Block(start, end, kind, 0) for (start, end), kind in zip(lines, kinds, strict=False)]
        found.append(Story.from_blocks(0, article.text, blocks) if blocks else None)
    return found


def track(name: str, articles: Sequence[GoldArticle], stories: Sequence[Story | None],
          tracker: StoryTracker) -> Tracked:  # fmt: skip
    """Feed the articles to the tracker, one after the other."""
    begun = time.perf_counter()
    threads = []
    for article, story in zip(articles, stories, strict=True):
        text, headline = ("", None) if story is None else (story.text, story.headline)
        print_ = tracker.describe([text], [headline])[0]
        threads.append(tracker.assign(article.id, article.date, print_, outlet=article.outlet).thread)
    return scored(name, articles, [tracker.resolve(thread) for thread in threads], time.perf_counter() - begun)


def scored(name: str, articles: Sequence[GoldArticle], threads: list[str], seconds: float) -> Tracked:
    """Threads with their score."""
    return Tracked(name, threads, bcubed([article.thread for article in articles], threads), seconds)


def _records(path: str | Path, needed: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number, line in read_lines(path):
        try:
            record = json.loads(line)
            for name in ("id", *needed):
                record[name]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(str(path), f"line {number}", f"no article ({error!r})",
                             f"write an object with id, {', '.join(needed)}") from error  # fmt: skip
        yield record
