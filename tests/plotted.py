"""Documents and frames that the tests of plots are made of, and what can be read off an Axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segmenter.document import Block, Boundary, Document, Story, Topic, by_story
from segmenter.evaluation import Gold, Report, Unit, evaluate

UGLY = "It costs $5 and $6 \u202eoverride\u2069 \x00\x1b[31m {brace} \\alpha ^_ \ud800\n%"
TITLES = ("وزير الخارجية يبحث ملفات المنطقة", "Cheap test spots anaemia", UGLY)
SPORT, WAR = Topic("t:1", "رياضة", 0.9), Topic("t:2", "war", 0.8)


def document(lines: str = "hbb.hb.hbbb", titles: tuple[str, ...] = TITLES, topics: tuple[Topic | None, ...] = (),
             **about: Any) -> Document:  # fmt: skip
    """A line of ten code points a letter: h begins a story, b is its body, a point is furniture."""
    text = "".join("x" * 9 + "\n" for _ in lines)
    kinds = {"h": "headline", "b": "body", ".": "related"}
    blocks, story = [], -1
    for i, letter in enumerate(lines):
        story += letter == "h"
        blocks.append(Block(10 * i, 10 * i + 9, kinds[letter], None if letter == "." else story))
    own = by_story(blocks)
    stories = []
    for number in own:
        made = Story.from_blocks(number, text, own[number])
        topic = topics[number] if number < len(topics) else None
        stories.append(Story(number, made.start, made.end, made.spans, made.text, titles[number % len(titles)], "ar",
                             (topic,) if topic else ()))  # fmt: skip
    curve = [Boundary(10 * i, 0.75 if letter == "h" else 0.25) for i, letter in enumerate(lines) if i and letter != "."]
    return Document(text, tuple(blocks), tuple(stories), tuple(curve), **about)


def thread_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `Store.threads` and `Store.stories` give them: b began before a and has two stories at a time, one a copy."""
    stories = pd.DataFrame([
        {"thread": "a", "date": "2024-03-02 10:00", "copy_of": None},
        {"thread": "a", "date": "2024-03-03 10:00", "copy_of": None},
        {"thread": "a", "date": "2024-03-05 10:00", "copy_of": None},
        {"thread": "b", "date": "2024-03-01 10:00", "copy_of": None},
        {"thread": "b", "date": "2024-03-01 10:01", "copy_of": "b:0"},
        {"thread": "c", "date": "2024-03-04 10:00", "copy_of": None},
    ])  # fmt: skip
    stories["date"] = pd.to_datetime(stories["date"], utc=True)
    threads = pd.DataFrame([{"id": name, "first": own["date"].min(), "last": own["date"].max(), "stories": len(own)}
                            for name, own in stories.groupby("thread")])  # fmt: skip
    return threads.assign(title=["غرق عبّارة", UGLY.replace("\ud800", ""), None]), stories


def line(ax: Any, label: str) -> Any:
    """The line whose label begins so."""
    return next(one for one in ax.lines if one.get_label().startswith(label))


def collection(ax: Any, label: str) -> Any:
    """The collection of this label."""
    return next(one for one in ax.collections if one.get_label() == label)


def sides(ax: Any, label: str) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of the boxes of a collection."""
    return [(*path.vertices.min(axis=0).tolist(), *path.vertices.max(axis=0).tolist())
            for path in collection(ax, label).get_paths()]  # fmt: skip


def stems(ax: Any, label: str) -> dict[float, float]:
    """Where the upright lines of a collection stand, and how high they are."""
    return {float(low[0]): float(high[1]) for low, high in map(np.asarray, collection(ax, label).get_segments())}


def rows(ax: Any) -> list[str]:
    """The labels along the y axis."""
    return [tick.get_text() for tick in ax.get_yticklabels()]


def artists(ax: Any) -> int:
    """How many things are drawn."""
    return len(ax.findobj())


def report(*, empty: bool = False) -> Report:
    """Of one dump in which one boundary of two is found, and a line of body is taken for an ad."""
    made = Report()
    if empty:
        return made
    found = document()
    kinds = ["headline", "body", "ad", *(block.kind for block in found.blocks[3:])]
    units = [Unit(b.start, b.end, b.story, kind) for b, kind in zip(found.blocks, kinds, strict=True)]
    units[7] = Unit(70, 79, 1, "body")
    return made + evaluate([Gold("g", found.text, tuple(units))], [found])
