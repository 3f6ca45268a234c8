"""How alike neighbouring blocks are: cosines over small windows, in one pass and bounded memory.

Vectors are taken a chunk at a time with a margin as wide as the widest window, so that nothing of the size of all
vectors is made beside them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

CHUNK = 8_192
WINDOWS = (1, 2, 3, 5, 8)
SIMILARITIES = ("before", "after", "across", "before_3", "after_3", "across_3", "most_before", "most_after")
FARTHEST = 6
AROUND = 3
FULL_WEIGHT_CHARS = 250.0
"""A block of so many code points counts in full, a shorter one by the square root of its share."""

Vectors = NDArray[np.float32]


def similarities(vectors: Vectors) -> Vectors:
    """How alike each block is to its surroundings.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit rows, or zero rows for blocks that say nothing.

    Returns
    -------
    ndarray of shape (n, len(SIMILARITIES))
        Cosines with the block before, the block after, of those two with each other; the same with the sum of three;
        the largest with any of the six before and the six after.
    """
    return _in_chunks(_similarities, vectors, len(SIMILARITIES), FARTHEST)


def contrasts(vectors: Vectors, weight: Vectors) -> Vectors:
    """Cosine of the blocks before each place with the blocks from it on, for each of `WINDOWS`; 0 at the edges.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of float32, shape (n,)
        How much each of them is to count.

    Returns
    -------
    ndarray of shape (n, len(WINDOWS))
    """
    return _in_chunks(_contrasts, vectors, len(WINDOWS), WINDOWS[-1], weight)


def across(vectors: Vectors, weight: Vectors) -> Vectors:
    """Cosine of the `AROUND` blocks before each block with those after it, the block itself left out; shape (n,).

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    weight : ndarray of float32, shape (n,)
        How much each of them is to count.
    """
    return _in_chunks(_across, vectors, 1, AROUND, weight)[:, 0]


def _in_chunks(function: Callable[[Vectors], Vectors], vectors: Vectors, columns: int, margin: int,
               weight: Vectors | None = None) -> Vectors:  # fmt: skip
    n = len(vectors)
    out = np.zeros((n, columns), dtype=np.float32)
    for start in range(0, n, CHUNK):
        end = min(n, start + CHUNK)
        low, high = max(0, start - margin), min(n, end + margin)
        part = vectors[low:high] if weight is None else vectors[low:high] * weight[low:high, None]
        out[start:end] = function(part)[start - low : end - low]
    return out


def _similarities(vectors: Vectors) -> Vectors:
    n = len(vectors)
    columns = np.zeros((n, len(SIMILARITIES)), dtype=np.float32)
    before, after = np.zeros_like(vectors), np.zeros_like(vectors)
    for step in range(1, min(FARTHEST, n - 1) + 1):
        cosine = np.einsum("ij,ij->i", vectors[step:], vectors[:-step])
        columns[step:, 6] = np.maximum(columns[step:, 6], cosine)
        columns[:-step, 7] = np.maximum(columns[:-step, 7], cosine)
        if step <= 3:
            before[step:] += vectors[:-step]
            after[:-step] += vectors[step:]
        if step == 1 or step == min(3, n - 1):
            at = 0 if step == 1 else 3
            for column, (a, b) in enumerate(((vectors, before), (vectors, after), (before, after)), at):
                columns[:, column] = _cosine(a, b)
    if n == 2:  # the sum of three is that of the one there is
        columns[:, 3:6] = columns[:, :3]
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
