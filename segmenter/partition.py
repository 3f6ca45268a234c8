"""Search: the best partition of a sequence into segments, and how probable each boundary is.

Score and search are kept apart. A score says what a segment is worth; the search finds the partition whose segments are
worth most (the exact optimum, by dynamic programming) and, by the same recursion with sums for maxima, the posterior
probability of every boundary: a semi-Markov model (Sarawagi and Cohen 2004). Only the `BEAM` best beginnings are
carried along, which bounds time and memory to the length of the sequence; up to that many places nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BEAM = 192

SegmentScore = Callable[[NDArray[np.intp], int], NDArray[np.float64]]
"""``score(starts, end)``: what the segments ``[start, end)`` are worth, one number for each start."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of ``range(n)``.

    Attributes
    ----------
    starts : ndarray of int
        Where segments begin, the first being 0.
    probability : ndarray of float64, shape (n,)
        Posterior probability that a segment begins at each place; 1 at 0.
    log_total : float
        Logarithm of the sum over all partitions, so that a partition's worth less this is its log probability.
    """

    starts: NDArray[np.intp]
    probability: NDArray[np.float64]
    log_total: float = 0.0


def search(n: int, score: SegmentScore, places: NDArray[np.intp] | None = None, *, beam: int = BEAM) -> Partition:
    """The best partition of ``range(n)`` under `score`.

    Parameters
    ----------
    n : int
        Length of the sequence, at least 1.
    score : SegmentScore
        Worth of a segment, the evidence for its beginning included.
    places : ndarray of int, optional
        Where a segment may begin; by default everywhere. 0 always may.
    beam : int
        How many beginnings are carried along.

    Returns
    -------
    Partition
    """
    nodes = np.arange(n + 1) if places is None else np.unique(np.concatenate([[0], places, [n]])).astype(np.intp)
    nodes = nodes[(nodes >= 0) & (nodes <= n)]
    count = len(nodes)
    best = np.full(count, -np.inf)
    total = np.full(count, -np.inf)
    best[0] = total[0] = 0.0
    back = np.zeros(count, dtype=np.intp)
    active = np.array([0], dtype=np.intp)
    steps: list[tuple[NDArray[np.intp], NDArray[np.float64]]] = []
    for j in range(1, count):
        worth = np.asarray(score(nodes[active], int(nodes[j])), dtype=np.float64)
        reach = best[active] + worth
        chosen = int(reach.argmax())
        best[j], back[j] = reach[chosen], active[chosen]
        total[j] = _log_sum(total[active] + worth)
        steps.append((active, worth))
        if len(active) >= beam:
            active = active[np.sort(np.argsort(-reach, kind="stable")[: beam - 1])]
        active = np.append(active, j)
    starts = []
    j = count - 1
    while j > 0:
        j = int(back[j])
        starts.append(int(nodes[j]))
    probability = np.zeros(n)
    probability[nodes[:-1]] = np.exp(np.minimum(0.0, total[:-1] + _backward(count, steps) - total[-1]))
    probability[0] = 1.0
    return Partition(np.array(starts[::-1], dtype=np.intp), probability, float(total[-1]))


def _backward(count: int, steps: list[tuple[NDArray[np.intp], NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Log sum over all ways on from each node to the end, the last node left out."""
    onward = np.full(count, -np.inf)
    onward[-1] = 0.0
    for j in range(count - 1, 0, -1):
        active, worth = steps[j - 1]
        onward[active] = np.logaddexp(onward[active], worth + onward[j])
    return onward[:-1]


def _log_sum(values: NDArray[np.float64]) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum())) if np.isfinite(top) else float(top)


def exactly(n: int, score: SegmentScore, segments: int, places: NDArray[np.intp] | None = None, *, beam: int = BEAM
            ) -> NDArray[np.intp]:  # fmt: skip
    """Starts of the best partition into just so many segments (fewer only where there are not so many places).

    Takes `segments` times as long as `search`.
    """
    nodes = np.arange(n + 1) if places is None else np.unique(np.concatenate([[0], places, [n]])).astype(np.intp)
    count = len(nodes)
    segments = max(1, min(segments, count - 1))
    best = np.full((segments + 1, count), -np.inf)
    back = np.zeros((segments + 1, count), dtype=np.int32)
    best[0, 0] = 0.0
    active = np.array([0], dtype=np.intp)
    for j in range(1, count):
        worth = np.asarray(score(nodes[active], int(nodes[j])), dtype=np.float64)
        reach = best[:-1, active] + worth
        chosen = reach.argmax(axis=1)
        best[1:, j] = reach[np.arange(segments), chosen]
        back[1:, j] = active[chosen]
        if len(active) >= max(beam, segments + 1):
            # A beginning stays if it is good for any number of segments so far.
            active = active[np.sort(np.argsort(-_relative(reach), kind="stable")[: max(beam, segments + 1) - 1])]
        active = np.append(active, j)
    starts, j = [], count - 1
    for k in range(segments, 0, -1):
        j = int(back[k, j])
        starts.append(int(nodes[j]))
    return np.array(starts[::-1], dtype=np.intp)


def _relative(reach: NDArray[np.float64]) -> NDArray[np.float64]:
    top = reach.max(axis=1, keepdims=True)
    finite = np.isfinite(top[:, 0])
    return (reach[finite] - top[finite]).max(axis=0)
