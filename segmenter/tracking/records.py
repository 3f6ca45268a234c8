"""What goes in and out of a store: plain values, no input or output.

All dates are aware and in UTC; whatever zone they are given in, it is the same moment that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HALF, _WHOLE = np.dtype("<f2"), np.dtype("<u4")


def in_utc(date: datetime, what: str = "date") -> datetime:
    """The same moment in UTC; a ValueError where `date` does not say which that is, a TypeError where it is no date."""
    if not isinstance(date, datetime):
        raise TypeError(f"{what} {date!r} is no datetime (datetime.fromisoformat makes one of a text)")
    if date.tzinfo is None or date.utcoffset() is None:
        raise ValueError(f"{what} {date.isoformat()} has no time zone (give one, such as tzinfo=datetime.UTC)")
    try:
        return date.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{what} {date.isoformat()} lies outside the years 1 to 9999 in UTC") from error


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What stories are compared by.

    Parameters
    ----------
    vector : array of float32, shape (d,)
        The embedding, its values rounded to float16.
    words : array of uint32, shape (n, 2)
        Hashed words and how often each occurs.
    shingles : array of uint32, shape (k,)
        MinHash of the text's shingles.
    """

    vector: NDArray[np.float32]
    words: NDArray[np.uint32]
    shingles: NDArray[np.uint32]

    def to_bytes(self) -> tuple[bytes, bytes, bytes]:
        """The three parts as a store keeps them: little-endian, the vector in half precision."""
        return (self.vector.astype(_HALF).tobytes(), self.words.astype(_WHOLE).tobytes(),
                self.shingles.astype(_WHOLE).tobytes())  # fmt: skip

    @classmethod
    def from_bytes(cls, embedding: bytes, words: bytes, shingles: bytes) -> Fingerprint:
        """Make a fingerprint of what `to_bytes` gave."""
        return cls(np.frombuffer(embedding, _HALF).astype(np.float32),
                   np.frombuffer(words, _WHOLE).astype(np.uint32).reshape(-1, 2),
                   np.frombuffer(shingles, _WHOLE).astype(np.uint32))  # fmt: skip


@dataclass(frozen=True, slots=True)
class PendingDump:
    """A dump that waits to be filed.

    Parameters
    ----------
    key : str
        SHA-256 of what the dump is, in hexadecimal: the same dump has the same key.
    id, text, source, place
        As in `segmenter.io.Dump`.
    date : datetime
        When it was published, or else when it was read.
    date_given : str or None
        The date as the input gave it.
    outlet : str or None
        Who published it.
    meta : mapping
        All else that the input says about it, as JSON values.
    """

    key: str
    id: str
    text: str
    date: datetime
    date_given: str | None = None
    outlet: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    source: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "date", in_utc(self.date, f"dump {self.id}: date"))


@dataclass(frozen=True, slots=True)
class FiledStory:
    """One story as a store keeps it.

    Parameters
    ----------
    key : str
        Permanent and unique: that of the dump, ":", and the number of the story.
    dump : str
        Key of the dump.
    number, start, end, text, title, titled, language, key_phrases
        As in `segmenter.Story`.
    length : int
        Code points of the text.
    topic, topic_name, topic_score
        Its best topic; None where it has none.
    date : datetime
        That of the dump.
    outlet : str or None
        That of the dump.
    thread : str
        Id of the thread it belongs to.
    probability : float
        That it belongs there.
    copy_of : str or None
        Key of the story that it is nearly a copy of.
    embedding, words, shingles : bytes
        Its `Fingerprint`.
    """

    key: str
    dump: str
    number: int
    start: int
    end: int
    length: int
    title: str | None
    titled: bool
    text: str
    language: str
    topic: str | None
    topic_name: str | None
    topic_score: float | None
    key_phrases: tuple[str, ...]
    date: datetime
    outlet: str | None
    thread: str
    probability: float
    copy_of: str | None
    embedding: bytes
    words: bytes
    shingles: bytes

    def __post_init__(self) -> None:
        if self.key != f"{self.dump}:{self.number}":
            raise ValueError(f"story {self.number} of dump {self.dump} has the key {self.dump}:{self.number}, "
                             f"not {self.key}")  # fmt: skip
        object.__setattr__(self, "date", in_utc(self.date, f"story {self.key}: date"))


@dataclass(frozen=True, slots=True)
class Merge:
    """Two threads that a new story showed to be one: the stories of `other` go to `keep`."""

    keep: str
    other: str
    reason: str = ""


class Filing(NamedTuple):
    """What filing a dump did to the threads: which it opened, and which merges it made, with the ids resolved."""

    opened: tuple[str, ...]
    merges: tuple[Merge, ...]


@dataclass(frozen=True, slots=True)
class LiveStory:
    """What the tracker needs of a stored story to compare others with it; as in `FiledStory`, the thread resolved."""

    key: str
    thread: str
    date: datetime
    outlet: str | None
    topic: str | None
    title: str | None
    copy_of: str | None
    embedding: bytes
    words: bytes
    shingles: bytes
