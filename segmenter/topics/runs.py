"""The words of many texts, and the runs of them in which phrases lie, as arrays: all are handled at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lexis import CLOSES, DEFINITE, JOINED, KIND, LAST, LINK, OPENS, SMALL, SUBJECT, WORD, Lexicon
from .memory import COLUMNS, END, KEY, MARKS, PERCENT, ROW, START, TOKENS, Memory

MAX_CHARS = 1_200
"""Code points of a text that are read: news tells what it is about at the top."""

_BEYOND = 0x3001
"""No white space from this code point on."""

_SPACES = (" ", "\u00a0", "\u202f", "\t")
"""One of these may stand between the words of a phrase, or two of the first."""

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Runs:
    """Words and links of several texts that follow each other with nothing but a space between them.

    Attributes
    ----------
    text : ndarray of int64, shape (n,)
        In which text each stands.
    start, end : ndarray of int64, shape (n,)
        Where, in code points of that text.
    marks, key, tokens : ndarray of int32, shape (n,)
        As in `memory`.
    value : ndarray of float64, shape (n,)
    begins : ndarray of bool, shape (n,)
        Whether a run begins with it.
    """

    text: Numbers
    start: Numbers
    end: Numbers
    marks: NDArray[np.int32]
    key: NDArray[np.int32]
    tokens: NDArray[np.int32]
    value: NDArray[np.float64]
    begins: Flags

    def __len__(self) -> int:
        return len(self.text)

    def has(self, mark: int) -> Flags:
        """Which of them have a mark."""
        held: Flags = self.marks & mark != 0
        return held


def find_runs(texts: Sequence[str], lexicons: Sequence[tuple[Lexicon, Memory]]) -> Runs:
    """The runs of texts, each read by its lexicon, in their order."""
    texts, stretches = map(list, zip(*map(_cut, texts), strict=True))
    found = [row for (lexicon, memory), group in groupby(zip(lexicons, stretches, strict=True), itemgetter(0))
             for row in lexicon.rows([stretch for _, own in group for stretch in own], memory)]  # fmt: skip
    starts, adjacent = _places(texts)
    rows = np.frombuffer(b"".join(found), dtype=np.int32).reshape(-1, COLUMNS)
    stretch = np.arange(len(found)).repeat(np.fromiter(map(len, found), np.int64, len(found)) // ROW.size)
    text = np.arange(len(texts)).repeat(list(map(len, stretches)))
    marks = rows[:, MARKS]
    step = stretch + 1 - _before(stretch + 1)
    joined = (marks & JOINED != 0) & ((step == 0) | (adjacent[stretch] & (step == 1) & (_before(marks) & LAST != 0)))
    keep, begins = _keep(marks, joined)
    (kept,) = keep.nonzero()
    base = np.array([0, *accumulate(len(text) + 1 for text in texts)])
    rows, stretch, text = rows[kept], stretch[kept], text[stretch[kept]]
    place = starts[stretch] - base[text]
    return Runs(text, place + rows[:, START], place + rows[:, END], rows[:, MARKS], rows[:, KEY], rows[:, TOKENS],
                rows[:, PERCENT] / 100, begins[kept])  # fmt: skip


def _cut(text: str) -> tuple[str, list[str]]:
    """The part of a text that is read, and the stretches in it between white space."""
    text = text[: MAX_CHARS + 1]
    stretches = text.split()
    if len(text) > MAX_CHARS and not text[-1].isspace():  # a word may have been cut in two
        text = text[: -len(stretches.pop())]
    return text, stretches


def _places(texts: Sequence[str]) -> tuple[Numbers, Flags]:
    """Where the stretches begin in all texts with a line break between them, and which stand next to the one before."""
    codes = np.frombuffer("\n".join(["", *texts, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    space, single = _white_space()
    white = space[np.minimum(codes, _BEYOND)]
    # A break before and one after: every stretch has a white space on both sides.
    edges = (white[1:] != white[:-1]).nonzero()[0] + 1
    starts, ends = edges[::2], edges[1::2]
    gap = starts - np.concatenate([starts[:1], ends[:-1]])
    before = codes[starts - 1]
    adjacent = (gap == 1) & single[np.minimum(before, _BEYOND)]
    return starts - 1, adjacent | ((gap == 2) & (before == 0x20) & (codes[starts - 2] == 0x20))


@cache
def _white_space() -> tuple[Flags, Flags]:
    """Which code points are white space, and which may stand within a phrase."""
    chars = list(map(chr, range(_BEYOND + 1)))
    return np.array([char.isspace() for char in chars]), np.array([char in _SPACES for char in chars])


def _keep(marks: NDArray[np.int32], joined: Flags) -> tuple[Flags, Flags]:
    """Which parts stand in a run, and with which of them one begins."""
    kind, before = marks & KIND, _before(marks)
    # What follows "to" or "they" in small letters is a verb.
    dropped = (kind < LINK) | (joined & (before & KIND == SUBJECT) & (marks & SMALL != 0))
    word, link = (kind == WORD) & ~dropped, (kind == LINK) & ~dropped
    after_link = _before(link)
    open_before = _before(word) & (before & CLOSES == 0)
    # A link goes on with a run that does not end before it; one with an article only after another link.
    good = joined & (after_link | (open_before & (marks & DEFINITE == 0)))
    place = np.arange(len(marks))
    first = np.maximum.accumulate(np.where(link & ~after_link, place, 0))
    bad = np.maximum.accumulate(np.where(link & ~good, place, -1))
    kept = word | (link & (bad < first))
    return kept, ~joined | (marks & OPENS != 0) | ~_before(kept) | (before & CLOSES != 0)


def _before(values: NDArray[Any]) -> NDArray[Any]:
    """For each the one before it; 0 or False for the first."""
    shifted = np.empty(len(values), dtype=values.dtype)
    shifted[:1], shifted[1:] = 0, values[:-1]
    return shifted
