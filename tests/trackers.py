"""A tracker for tests of the job: it goes by words alone, and its answers betray whatever it knows or does not know."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from segmenter.tracking import Assignment, Fingerprint, LiveStory, Merge
from segmenter.tracking.tracker import thread_id


@dataclass
class _Known:
    date: datetime
    key: str
    thread: str
    words: frozenset[int]


class WordTracker:
    """A story belongs to the thread of the earliest story with a word of its own; other threads with one are merged.

    The probability tells how many stories it knew, so a store that it was wrongly restored from shows.
    """

    def __init__(self, window: float = 2.0) -> None:
        self.window = window
        self.known: dict[str, _Known] = {}
        self.most = 0

    def get_params(self) -> dict[str, float]:
        return {"window": self.window}

    def describe(self, texts: Sequence[str], titles: Sequence[str | None]) -> list[Fingerprint]:
        words = [sorted({zlib.crc32(word.encode()) for word in re.findall(r"\w+", text)}) for text in texts]
        return [Fingerprint(np.zeros(4, np.float32), np.array([[word, 1] for word in own], np.uint32).reshape(-1, 2),
                            np.zeros(0, np.uint32)) for own in words]  # fmt: skip

    def restore(self, stories: Iterable[LiveStory]) -> None:
        for one in stories:
            assert one.key not in self.known, "restored twice"
            print_ = Fingerprint.from_bytes(one.embedding, one.words, one.shingles)
            self._add(_Known(one.date, one.key, one.thread, frozenset(print_.words[:, 0].tolist())))

    def forget(self, before: datetime) -> None:
        self.known = {key: one for key, one in self.known.items() if one.date >= before}

    def assign(self, key: str, date: datetime, fingerprint: Fingerprint, *, outlet: str | None = None) -> Assignment:
        assert all(abs(one.date - date) <= timedelta(days=self.window) for one in self.known.values())
        words = frozenset(fingerprint.words[:, 0].tolist())
        near = sorted((one for one in self.known.values() if one.words & words), key=lambda one: (one.date, one.key))
        threads = list(dict.fromkeys(one.thread for one in near))
        thread = threads[0] if threads else thread_id(key, date)
        for one in self.known.values():
            if one.thread in threads:
                one.thread = thread
        copy = next((one.key for one in near if one.words == words), None)
        probability = 1 / (2 + len(self.known))
        self._add(_Known(date, key, thread, words))
        merges = tuple(Merge(thread, other, "a word in common") for other in threads[1:])
        return Assignment(thread, probability, copy, merges)

    def _add(self, one: _Known) -> None:
        self.known[one.key] = one
        self.most = max(self.most, len(self.known))


class Model:
    """What stands for an embedder."""

    def __init__(self, name: str = "words", dimension: int = 4) -> None:
        self.name, self.dimension = name, dimension
