"""What is remembered of the words of texts, by language: there is one limit for all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from struct import Struct

import numpy as np
from numpy.typing import NDArray

CACHE = 196_608
"""Stretches, and words in them, that are remembered, of all languages together; about 70 MB."""

# A word in a stretch as numbers: offsets there, marks beside the kind, its value, its key and its tokens.
START, END, MARKS, PERCENT, KEY, TOKENS = range(6)
ROW = Struct("6i")
COLUMNS = 6

LINKS = 64
"""Keys below are those of links, the same for a language at all times."""


class Memory:
    """What was seen of a language: the parts of each stretch as numbers, and what two of the numbers mean.

    Attributes
    ----------
    stretches : dict of str to bytes
        int32, `COLUMNS` a part; no bytes where no word stands in a stretch. Words in them are stretches too.
    keys : dict of str to int
        Number of each key of a word, from `LINKS` on.
    tokens : dict of int to bytes
        Tokens for the embedder, int32, of words that have not just one: their numbers are negative.
    """

    def __init__(self, first: int = LINKS) -> None:
        self.stretches: dict[str, bytes] = {}
        self.keys: dict[str, int] = {}
        self.tokens: dict[int, bytes] = {}
        self._next = count(first)

    def __len__(self) -> int:
        return len(self.stretches)

    def half(self) -> Memory:
        """Another memory, of the half of the stretches that was seen first: they come most often."""
        stretches = dict(list(self.stretches.items())[: len(self.stretches) // 2])
        rows = np.frombuffer(b"".join(stretches.values()), dtype=np.int32).reshape(-1, COLUMNS)
        known = int(max(rows[:, KEY].max(initial=LINKS), -rows[:, TOKENS].min(initial=0)))
        other = Memory(known + 1)
        other.stretches = stretches
        other.keys = {key: number for key, number in list(self.keys.items()) if number <= known}
        other.tokens = {number: tokens for number, tokens in list(self.tokens.items()) if -number <= known}
        return other

    def number(self, key: str, tokens: NDArray[np.int32] | None) -> tuple[int, int]:
        """Those of a word's key and of its tokens: of a single one the token itself."""
        place = self.keys.get(key)
        if place is None:  # another thread may be here too: each takes a number of its own, and the first one's is kept
            place = self.keys.setdefault(key, next(self._next))
        if tokens is not None and len(tokens) == 1:
            return place, int(tokens[0])
        number = -next(self._next)
        self.tokens[number] = b"" if tokens is None else tokens.tobytes()
        return place, number


class Memories:
    """The memories of languages, which together hold no more than `CACHE` stretches and those that a batch adds."""

    def __init__(self) -> None:
        self._of: dict[str, Memory] = {}

    def __len__(self) -> int:
        return sum(map(len, list(self._of.values())))

    def of(self, languages: Iterable[str]) -> dict[str, Memory]:
        """Those to be used for one batch of texts. Where they hold too much, each forgets the half."""
        while len(self) > CACHE:
            # New ones: another thread may be reading the old ones.
            self._of = {language: memory.half() for language, memory in list(self._of.items())}
        known = self._of
        return {language: known.setdefault(language, Memory()) for language in languages}
