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
    return _in_pieces(_similarities, vectors, edges, len(SIMILARITIES), FARTHEST)


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
    return _in_pieces(_contrasts, vectors, edges, len(WINDOWS), WINDOWS[-1], weight)


def across(vectors: Vectors, weight: Vectors) -> Vectors:
    """Cosine of the `AROUND` blocks before each block with those after it, the block itself left out; shape (n,).

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of float32, shape (n,)
        How much each of them is to count.
    """
    return _in_pieces(_across, vectors, None, 1, AROUND, weight)[:, 0]


def _in_pieces(function: Callable[[Vectors], Vectors], vectors: Vectors, edges: Edges | None, columns: int,
               margin: int, weight: Vectors | None = None) -> Vectors:  # fmt: skip
    out = np.zeros((len(vectors), columns), dtype=np.float32)
    for piece in pieces(whole(len(vectors)) if edges is None else edges, CHUNK, margin):
        part = vectors[piece.low : piece.high]
        if weight is not None:
            part = part * weight[piece.low : piece.high, None]
        out[piece.start : piece.end] = piece.wanted(function(piece.spread(part)))
    return out


def _similarities(vectors: Vectors) -> Vectors:
    n = len(vectors)
    columns = np.zeros((n, len(SIMILARITIES)), dtype=np.float32)
    before, after = np.zeros_like(vectors), np.zeros_like(vectors)
    for step in range(1, FARTHEST + 1):
        if step < n:
            cosine = np.einsum("ij,ij->i", vectors[step:], vectors[:-step])
            columns[step:, 6] = np.maximum(columns[step:, 6], cosine)
            columns[:-step, 7] = np.maximum(columns[:-step, 7], cosine)
            if step <= 3:
                before[step:] += vectors[:-step]
                after[:-step] += vectors[step:]
        if step in (1, 3):
            for column, (a, b) in enumerate(((vectors, before), (vectors, after), (before, after)), 3 * (step // 3)):
                columns[:, column] = _cosine(a, b)
    return columns


def _contrasts(vectors: Vectors) -> Vectors:
    n = len(vectors)
    columns = np.zeros((n, len(WINDOWS)), dtype=np.float32)
    left, right = np.zeros_like(vectors), np.zeros_like(vectors)
    for step in range(1, WINDOWS[-1] + 1):
        left[step:] += vectors[: max(0, n - step)]
        right[: max(0, n - step + 1)] += vectors[step - 1 :]
        if step in WINDOWS:
            columns[:, WINDOWS.index(step)] = _cosine(left, right)
    return columns


def _across(vectors: Vectors) -> Vectors:
    before, after = np.zeros_like(vectors), np.zeros_like(vectors)
    for step in range(1, min(AROUND, len(vectors) - 1) + 1):
        before[step:] += vectors[:-step]
        after[:-step] += vectors[step:]
    return _cosine(before, after)[:, None]


def _cosine(a: Vectors, b: Vectors) -> Vectors:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = np.zeros(len(a), dtype=np.float32)
    np.divide(np.einsum("ij,ij->i", a, b), norms, out=cosine, where=norms > 1e-9)
    return cosine
