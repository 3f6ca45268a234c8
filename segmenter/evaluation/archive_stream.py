"""Made-up news without end, and stores filled with it: archives of any size without the news of years."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import insert

from ..document import Block, Document, Story
from ..embedding.static import TOKENIZER, shipped_folder
from ..io import Dump
from ..tracking.bookkeeping import batches
from ..tracking.database import Database
from ..tracking.schema import dumps, stories, threads
from ..tracking.tracker import StoryTracker, thread_id

NOW = datetime(2024, 1, 1, tzinfo=UTC)
"""The moment of story 0. Those before it are the archive, from it on they are new."""

WORDS, OWN = 240, 50
"""Words of a text, and words of an event, of which half of the texts about it are made."""

TITLE = 8
OUTLETS = 12
LANGUAGE = "ar"
VERSION = "made up"
_BATCH = 2_000
_CACHE = "PRAGMA cache_size = -400000"  # in KiB; keys are hashes, and so land all over the index


class Text(NamedTuple):
    """Headline and body of a story."""

    title: str
    body: str

    @property
    def full(self) -> str:
        """Both, as they stand in a dump."""
        return f"{self.title}\n{self.body}"


class Stream:
    """Stories numbered by time, negative ones before `NOW`. The same number is always the same story.

    Two in three go on with an event that came up in the days before, so there are threads of one story and of many.

    Parameters
    ----------
    daily : int
        Stories a day.
    """

    def __init__(self, daily: int) -> None:
        self.daily = daily
        vocabulary = json.loads((shipped_folder() / TOKENIZER).read_text(encoding="utf-8"))["model"]["vocab"]
        self._words = [word for word in vocabulary if len(word) > 3 and "\u0620" <= min(word) <= max(word) <= "\u064a"]
        self._odds = list(accumulate(1 / (rank + 10) for rank in range(len(self._words))))  # as in Zipf's law

    def date(self, number: int) -> datetime:
        """When it came."""
        return NOW + timedelta(days=1) * number / self.daily

    def opener(self, number: int) -> int:
        """The number of the story that its event began with."""
        while step := crc32(str(number).encode()) % 3:
            number -= max(1, step * self.daily // 2)
        return number

    def thread(self, number: int) -> str:
        """The thread of its event."""
        first = self.opener(number)
        return thread_id(story_key(first), self.date(first))

    def text(self, number: int) -> Text:
        """What it says: common words, and words of its event."""
        own = random.Random(f"event {self.opener(number)}").choices(self._words, k=OWN)
        draw = random.Random(f"story {number}")
        words = draw.choices(self._words, cum_weights=self._odds, k=WORDS // 2) + draw.choices(own, k=WORDS // 2)
        draw.shuffle(words)
        return Text(" ".join(draw.sample(own, TITLE)), " ".join(words))

    def dump(self, number: int) -> Dump:
        """The story as an input holds it."""
        return Dump(self.text(number).full, f"story {number}", self.date(number).isoformat(),
                    {"outlet": outlet(number)}, "made up", f"story {number}", named=True)  # fmt: skip


def dump_key(number: int) -> str:
    """A key like those that dumps have."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def story_key(number: int) -> str:
    """The key of the one story of a dump."""
    return f"{dump_key(number)}:0"


def outlet(number: int) -> str:
    """Who published it."""
    return f"outlet {crc32(f'outlet {number}'.encode()) % OUTLETS}"


class OneStory:
    """Stands for a `Segmenter`, since what splitting costs has nothing to do with stores."""

    def split(self, text: str, *, id: str | None = None, date: str | None = None,
              meta: Mapping[str, Any] | None = None) -> Document:  # fmt: skip
        """Take a text of `Stream` apart: a headline, and the rest is body."""
        end = text.index("\n")
        blocks = (Block(0, end, "headline", 0), Block(end + 1, len(text), "body", 0))
        story = Story.from_blocks(0, text, blocks, language=LANGUAGE)
        return Document(text, blocks, (story,), (), id, LANGUAGE, date, meta or {})


class Filler:
    """Fills stores. What the tracker will be compared with is told apart; before that, the same texts come again.

    Parameters
    ----------
    stream : Stream
    live : int
        How many of the last stories have texts and fingerprints of their own.
    """

    def __init__(self, stream: Stream, live: int) -> None:
        self.stream, self.live = stream, live
        texts = [stream.text(number) for number in range(-live, 0)]
        tracker = StoryTracker()
        self._stock: list[tuple[Text, tuple[bytes, bytes, bytes]]] = []
        for batch in batches(texts):
            prints = tracker.describe([text.body for text in batch], [text.title for text in batch])
            self._stock += [(text, print_.to_bytes()) for text, print_ in zip(batch, prints, strict=True)]

    def fill(self, url: str, count: int) -> None:
        """Make a store with the last `count` stories before `NOW`.

        Straight into the tables, for filing a million dumps one by one takes the better part of a day.

        Parameters
        ----------
        url : str
            Where there is no store yet.
        count : int
            At least `live`.
        """
        database = Database(url, create=True)
        try:
            for rows in batches(self._threads(count), _BATCH):
                with database.writing() as connection:
                    connection.execute(insert(threads), rows)
            for numbers in batches(range(-count, 0), _BATCH):
                with database.writing() as connection:
                    if database.sqlite:
                        connection.exec_driver_sql(_CACHE)
                    connection.execute(insert(dumps), [self._dump(number) for number in numbers])
                    connection.execute(insert(stories), [self._story(number, number + count + 1) for number in numbers])
        finally:
            database.close()

    def _threads(self, count: int) -> Iterator[dict[str, Any]]:
        members: dict[int, tuple[int, int, int]] = {}  # first, last, how many
        for number in range(-count, 0):
            first, _, size = members.get(opener := self.stream.opener(number), (number, number, 0))
            members[opener] = (first, number, size + 1)
        for first, last, size in members.values():
            yield {"id": self.stream.thread(first), "first": self.stream.date(first), "last": self.stream.date(last),
                   "stories": size, "merged_into": None}  # fmt: skip

    def _of(self, number: int) -> tuple[Text, tuple[bytes, bytes, bytes]]:
        return self._stock[number % self.live]  # the last story is -1, and the last of the stock is its own

    def _dump(self, number: int) -> dict[str, Any]:
        text, date = self._of(number)[0], self.stream.date(number)
        return {"key": dump_key(number), "id": f"story {number}", "date": date, "date_given": date.isoformat(),
                "source": "made up", "place": f"story {number}", "outlet": outlet(number), "length": len(text.full),
                "language": LANGUAGE, "meta": {}, "status": "filed", "reason": None, "text": None,
                "version": VERSION, "added_at": NOW}  # fmt: skip

    def _story(self, number: int, filed: int) -> dict[str, Any]:
        text, (embedding, words, shingles) = self._of(number)
        opens = self.stream.opener(number) == number
        return {"filed": filed, "key": story_key(number), "dump": dump_key(number), "number": 0, "start": 0,
                "end": len(text.full), "length": len(text.body), "title": text.title, "titled": True,
                "text": text.body, "language": LANGUAGE, "topic": None, "topic_name": None, "topic_score": None,
                "key_phrases": (), "date": self.stream.date(number), "outlet": outlet(number),
                "thread": self.stream.thread(number), "probability": 1.0 if opens else 0.9, "copy_of": None,
                "embedding": embedding, "words": words, "shingles": shingles}  # fmt: skip
