"""Several sequences of blocks in one array, for functions that look at neighbours.

A call of numpy takes longer than what it computes for the forty blocks of one dump, so the blocks of many dumps are
taken at once. Rows of zeros keep them apart: whoever looks no further than these are wide sees of another dump what
stands beyond the end of a text, nothing. A long sequence is taken in pieces that overlap, for bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", np.float32, np.float64)

Edges = NDArray[np.int64]
"""Where each of k sequences begins in the rows that hold all of them, and where the last ends; shape (k + 1,)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is computed in one go.

    Attributes
    ----------
    low, high : int
        The rows that are read.
    start, end : int
        Those of them for which the result is wanted, ``low <= start < end <= high``.
    places : ndarray of int or None
        Where the rows read stand among rows of zeros; None: there are no such, for they are of one sequence.
    length : int
        Number of rows with those of zeros.
    """

    low: int
    high: int
    start: int
    end: int
    places: NDArray[np.int64] | None
    length: int

    @property
    def blank(self) -> NDArray[np.bool_] | None:
        """Which rows of those that `spread` lays out are of no sequence; None: there are none."""
        if self.places is None:
            return None
        blank = np.ones(self.length, dtype=bool)
        blank[self.places] = False
        return blank

    def spread(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rows from `low` to `high`, with rows of zeros between the sequences."""
        if self.places is None:
            return rows
        out = np.zeros((self.length, *rows.shape[1:]), dtype=rows.dtype)
        out[self.places] = rows
        return out

    def wanted(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of rows as `spread` has laid them out, those from `start` to `end`."""
        own = rows if self.places is None else rows[self.places]
        return own[self.start - self.low : self.end - self.low]


def pieces(edges: Edges, size: int, margin: int) -> Iterator[Piece]:
    """Cut sequences into pieces.

    Parameters
    ----------
    edges : Edges
    size : int
        Sequences are taken together up to so many rows; a longer one is cut into pieces of so many.
    margin : int
        How far to either side a row depends on others.
    """
    first, last = 0, len(edges) - 1
    while first < last:
        begin = int(edges[first])
        after = max(first + 1, int(np.searchsorted(edges, begin + size, side="right")) - 1)
        stop = int(edges[after])
        if after > first + 1 and stop > begin:
            sequence = np.repeat(np.arange(after - first), np.diff(edges[first : after + 1]))
            gaps = margin * (after - first - 1)
            yield Piece(begin, stop, begin, stop, np.arange(stop - begin) + margin * sequence, stop - begin + gaps)
        else:
            for start in range(begin, stop, size):
                end = min(stop, start + size)
                low, high = max(begin, start - margin), min(stop, end + margin)
                yield Piece(low, high, start, end, None, high - low)
        first = after


def edges_of(sizes: Iterable[int] | NDArray[np.int64]) -> Edges:
    """The edges of sequences of these lengths that stand one after the other."""
    sizes = sizes if isinstance(sizes, np.ndarray) else list(sizes)
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


def whole(rows: int) -> Edges:
    """The edges of a single sequence."""
    return np.array([0, rows], dtype=np.int64)


def joined(arrays: Sequence[NDArray[_T]]) -> NDArray[_T]:
    """The rows of all arrays; of a single one itself, for its memory."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def parted(rows: NDArray[_T], edges: Edges) -> list[NDArray[_T]]:
    """The rows of each sequence."""
    return [rows[low:high] for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
