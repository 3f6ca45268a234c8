"""Which running story a new story belongs to: one pass over the stream, each story decided on as it comes."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from ..estimator import Estimator
from .records import Fingerprint, LiveStory, Merge, in_utc


class Assignment(NamedTuple):
    """What the tracker says of a story.

    Parameters
    ----------
    thread : str
        Id of the thread that it joins or opens; after `merges`.
    probability : float
        That it belongs there.
    copy_of : str or None
        Key of the earlier story that it is nearly a copy of.
    merges : tuple of Merge
        Threads that it showed to be one, in the order in which they are to be merged.
    """

    thread: str
    probability: float
    copy_of: str | None = None
    merges: tuple[Merge, ...] = ()


@dataclass
class _Live:
    key: str
    thread: str
    date: datetime
    fingerprint: Fingerprint


class StoryTracker(Estimator):
    """Follows stories over time.

    Parameters
    ----------
    window : float
        Days: a story is compared with those dated at most so much before or after it.
    """

    def __init__(self, *, window: float = 7.0) -> None:
        self.window = window

    def describe(self, texts: Sequence[str], titles: Sequence[str | None]) -> list[Fingerprint]:
        """The fingerprints of stories."""
        from ..embedding import load_embedder

        vectors = load_embedder(None).encode([text[:400] for text in texts])
        return [Fingerprint(v.astype(np.float16).astype(np.float32), np.zeros((0, 2), np.uint32),
                            np.zeros(0, np.uint32)) for v in vectors]  # fmt: skip

    def restore(self, stories: Iterable[LiveStory]) -> None:
        """Take stories that were decided on before, in filing order, as `Store.live` gives them."""
        for story in stories:
            print_ = Fingerprint.from_bytes(story.embedding, story.words, story.shingles)
            self._stories().append(_Live(story.key, story.thread, story.date, print_))

    def forget(self, before: datetime) -> None:
        """Drop the stories dated before, which no story to come will be compared with."""
        self.live_ = [story for story in self._stories() if story.date >= before]

    def assign(self, key: str, date: datetime, fingerprint: Fingerprint, *, outlet: str | None = None,
               topic: str | None = None) -> Assignment:  # fmt: skip
        """Decide on a story, and remember it.

        Parameters
        ----------
        key : str
            Unique; of two stories with all else alike, it decides.
        date : datetime
            Aware.
        fingerprint : Fingerprint
            From `describe`.
        outlet, topic : str, optional
        """
        date = in_utc(date)
        near = [s for s in self._stories() if abs(s.date - date) <= timedelta(days=self.window)]
        best, thread = 0.0, thread_id(key, date)
        for other in near:
            score = float(other.fingerprint.vector @ fingerprint.vector)
            if score > max(best, 0.7):
                best, thread = score, other.thread
        self.live_.append(_Live(key, thread, date, fingerprint))
        return Assignment(thread, best or 1.0)

    def _stories(self) -> list[_Live]:
        if not hasattr(self, "live_"):
            self.live_: list[_Live] = []
        return self.live_


def thread_id(key: str, date: datetime) -> str:
    """The id of the thread that a story opens: its date, and ten letters of a hash of its key."""
    digest = b32encode(hashlib.sha256(key.encode()).digest()).decode("ascii").lower()
    return f"{date.date().isoformat()}-{digest[:10]}"
