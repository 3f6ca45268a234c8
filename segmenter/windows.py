"""How alike neighbouring blocks are: cosines over small windows, in one pass and bounded memory.

Vectors are taken a piece at a time with a margin as wide as the widest window, so that nothing of the size of all
vectors is made beside them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .sequences import Edges, pieces, whole

CHUNK = 8_192
WINDOWS = (1, 2, 3, 5, 8)
SIMILARITIES = ("before", "after", "across", "before_3", "after_3", "across_3", "most_before", "most_after")
FARTHEST = 6
AROUND = 3
FULL_WEIGHT_CHARS = 250.0
"""A block of so many code points counts in full, a shorter one by the square root of its share."""

Vectors = NDArray[np.float32]


def similarities(vectors: Vectors, edges: Edges | None = None) -> Vectors:
    """How alike each block is to its surroundings.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit rows, or zero rows for blocks that say nothing.
    edges : ndarray of int, shape (k + 1,), optional
        Where each of k sequences begins, and the last ends, where they are of several.

    Returns
    -------
    ndarray of shape (n, len(SIMILARITIES))
        Cosines with the block before, the block after, of those two with each other; the same with the sum of three;
        the largest with any of the six before and the six after.
    """
    return _in_pieces(_similarities, vectors, edges, len(SIMILARITIES), (FARTHEST, FARTHEST))


def contrasts(vectors: Vectors, weight: Vectors, edges: Edges | None = None) -> Vectors:
    """Cosine of the blocks before each place with the blocks from it on, for each of `WINDOWS`; 0 at the edges.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of float32, shape (n,)
        How much each of them is to count.
    edges : ndarray of int, optional
        As for `similarities`.

    Returns
    -------
    ndarray of shape (n, len(WINDOWS))
    """
    return _in_pieces(_contrasts, vectors, edges, len(WINDOWS), (WINDOWS[-1], 2 * WINDOWS[-1] - 1), weight)


def across(vectors: Vectors, weight: Vectors) -> Vectors:
    """Cosine of the `AROUND` blocks before each block with those after it, the block itself left out; shape (n,).

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of float32, shape (n,)
        How much each of them is to count.
    """
    return _in_pieces(_across, vectors, None, 1, (AROUND, 2 * AROUND), weight)[:, 0]


def _in_pieces(function: Callable[[_Products], NDArray[np.float64]], vectors: Vectors, edges: Edges | None,
               columns: int, reach: tuple[int, int], weight: Vectors | None = None) -> Vectors:  # fmt: skip
    """What `function` makes of products of each block with others, `reach` tells how far away and of what span."""
    margin, span = reach
    out = np.zeros((len(vectors), columns), dtype=np.float32)
    for piece in pieces(whole(len(vectors)) if edges is None else edges, CHUNK, margin):
        part = piece.spread(vectors[piece.low : piece.high])
        own = None if weight is None else piece.spread(weight[piece.low : piece.high])
        out[piece.start : piece.end] = piece.wanted(function(_Products(part, own, span)).astype(np.float32))
    return out


class _Products:
    """Scalar products of the vectors that stand at most so far apart, of which those of all their sums are made.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of shape (n,), optional
        By default 1.
    span : int
    """

    def __init__(self, vectors: Vectors, weight: Vectors | None, span: int) -> None:
        self.n, self._room = len(vectors), span
        self._of = np.zeros((span + 1, self.n + 2 * span))
        for apart in range(min(span, self.n - 1) + 1):
            high, low = vectors[apart:], vectors[: self.n - apart]
            found = np.einsum("ij,ij->i", high, low)
            if weight is not None:
                found = found * weight[apart:] * weight[: self.n - apart]
            self._of[apart, span + apart : span + self.n] = found

    def of(self, first: int, second: int) -> NDArray[np.float64]:
        """Of block i + `first` and block i + `second`, for each i; 0 where there is none."""
        start = self._room + max(first, second)
        found: NDArray[np.float64] = self._of[abs(first - second), start : start + self.n]
        return found

    def across(self, before: range, after: range) -> NDArray[np.float64]:
        """Of the sums of two ranges of blocks."""
        total = np.zeros(self.n)
        for i in before:
            for j in after:
                total += self.of(i, j)
        return total

    def cosine(self, before: range, after: range) -> NDArray[np.float64]:
        """Cosine of the sums of two ranges of blocks around each i."""
        return _cosine(self.across(before, after), self.across(before, before), self.across(after, after))


def _cosine(product: NDArray[np.float64], one: NDArray[np.float64],
            other: NDArray[np.float64]) -> NDArray[np.float64]:  # fmt: skip
    """Cosine of sums with this product and these squared lengths; 0 where one of them is empty."""
    squares = np.maximum(one, 0.0) * np.maximum(other, 0.0)
    cosine = np.zeros(len(product))
    np.divide(product, np.sqrt(squares), out=cosine, where=squares > 1e-18)
    return cosine


def _similarities(products: _Products) -> NDArray[np.float64]:
    own, one, three = range(1), (range(-1, 0), range(1, 2)), (range(-3, 0), range(1, 4))
    columns = [products.cosine(*pair) for before, after in (one, three)
               for pair in ((own, before), (own, after), (before, after))]  # fmt: skip
    for side in (-1, 1):
        most = np.zeros(products.n)
        for step in range(1, FARTHEST + 1):
            np.maximum(most, products.of(0, side * step), out=most)
        columns.append(most)
    return np.stack(columns, axis=1)


def _contrasts(products: _Products) -> NDArray[np.float64]:
    columns = []
    before, after, across = (np.zeros(products.n) for _ in range(3))
    for size in range(1, WINDOWS[-1] + 1):  # each window is the one before, and a block more on either side
        left, right = -size, size - 1
        before += products.of(left, left) + 2.0 * products.across(range(left, left + 1), range(left + 1, 0))
        after += products.of(right, right) + 2.0 * products.across(range(right, right + 1), range(right))
        across += products.across(range(left, left + 1), range(size))
        across += products.across(range(left + 1, 0), range(right, right + 1))
        if size in WINDOWS:
            columns.append(_cosine(across, before, after))
    return np.stack(columns, axis=1)


def _across(products: _Products) -> NDArray[np.float64]:
    return products.cosine(range(-AROUND, 0), range(1, AROUND + 1))[:, None]
