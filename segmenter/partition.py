"""Search: the best partition of a sequence into segments, and how probable each boundary is.

Score and search are kept apart. A score says what a segment is worth; the search finds the partition whose segments are
worth most (the exact optimum, by dynamic programming) and, by the same recursion with sums for maxima, the posterior
probability of every boundary: a semi-Markov model (Sarawagi and Cohen 2004). Only the `BEAM` best beginnings are
carried along, and only while there is hope for them, which bounds time and memory to the length of the sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BEAM = 192
YOUNG = 4_096
"""Beginnings that are kept beside the beam because their segments are still too short to end."""

EXACT_CELLS = 200_000
"""Up to so many places times segments the best partition into N segments is found exactly."""

IMPOSSIBLE = -1e6

HOPE = 20.0
"""Beginnings whose best partition so far is so much worse than the best of all, in log odds, are given up."""

WINDOW = 32
"""Ends that are scored at once, since calls of numpy cost more than what they compute for one. Beginnings are given up
between two windows alone, so that within one nothing moves."""

Scores = NDArray[np.float64]
Places = NDArray[np.intp]
SegmentScore = Callable[[Places, Places], Scores]
"""``score(starts, ends)``: what the segments ``[start, end)`` are worth.

`starts` have the shape (s,) and `ends` (e, 1), so that what is computed from both has the shape (e, s), a row for each
end. Some of the segments asked for would end before they begin; what is said of those is not looked at.
"""
SegmentLength = Callable[[Places, int], Scores]
"""``length(starts, end)``: how long the segments ``[start, end)`` are, one number for each start."""


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

    starts: Places
    probability: Scores
    log_total: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a segment may be. Kept wherever that can be done.

    Parameters
    ----------
    length : SegmentLength
    low, high : float, optional
        Shortest and longest. A segment of one place is never too long.
    """

    length: SegmentLength
    low: float | None = None
    high: float | None = None

    def judge(self, starts: Places, end: int) -> tuple[Scores, NDArray[np.bool_], NDArray[np.bool_]]:
        """What is taken off each segment's worth, and which are too short as yet and which for good too long."""
        length = self.length(starts, end)
        short = length < self.low if self.low is not None else np.zeros(len(starts), dtype=bool)
        long = (length > self.high) & (end - starts > 1) if self.high is not None else np.zeros(len(starts), dtype=bool)
        off = np.zeros(len(starts))
        # The further outside the worse, so that what cannot be kept is missed by as little as can be.
        off[short] = IMPOSSIBLE * (1.0 - length[short] / (self.low or 1.0)) - 1e3
        off[long] += IMPOSSIBLE * (length[long] / (self.high or 1.0) - 1.0) - 1e3
        return off, short, long


def search(n: int, score: SegmentScore, places: Places | None = None, *, limits: Limits | None = None,
           beam: int = BEAM) -> Partition:  # fmt: skip
    """The best partition of ``range(n)`` under `score`.

    Parameters
    ----------
    n : int
        Length of the sequence, at least 1.
    score : SegmentScore
        Worth of a segment, the evidence for its beginning included.
    places : ndarray of int, optional
        Where a segment may begin; by default everywhere. 0 always may.
    limits : Limits, optional
        How long segments may be.
    beam : int
        How many beginnings are carried along.

    Returns
    -------
    Partition
    """
    nodes = _nodes(n, places)
    count = len(nodes)
    best = np.full(count, -np.inf)
    total = np.full(count, -np.inf)
    best[0] = total[0] = 0.0
    back = np.zeros(count, dtype=np.intp)
    active = np.array([0], dtype=np.intp)
    windows: list[tuple[Places, Scores]] = []
    for first in range(1, count, WINDOW):
        # Until the window ends the beginnings are among those there are now and those in it.
        ahead = np.arange(first, min(count, first + WINDOW))
        near = np.concatenate([active, ahead])
        old, ends = len(active), nodes[ahead]
        scores = _table(score, nodes[near[:-1]], ends)
        values, sums = best[near], total[near]
        for at, end in enumerate(ends.tolist()):
            known = old + at
            worth, promise, young = _limited(scores[at, :known], limits, nodes[near[:known]], end)
            if limits is not None:
                scores[at, :known] = worth
            reach = values[:known] + worth
            chosen = int(reach.argmax())
            back[first + at] = near[chosen]
            values[known] = reach[chosen]
            sums[known] = _log_sum(sums[:known] + worth)
        best[ahead], total[ahead] = values[old:], sums[old:]
        windows.append((near, scores))
        good = values[:-1] + promise
        kept = np.arange(len(good)) if limits is not None else np.flatnonzero(good >= good.max() - HOPE)
        if len(kept) >= beam:
            kept = kept[_survivors(good[kept], None if young is None else young[kept], beam)]
        active = near[np.append(kept, len(near) - 1)]
    starts = []
    j = count - 1
    while j > 0:
        j = int(back[j])
        starts.append(int(nodes[j]))
    probability = np.zeros(n)
    probability[nodes[:-1]] = np.exp(np.minimum(0.0, total[:-1] + _backward(count, windows) - total[-1]))
    probability[0] = 1.0
    return Partition(np.array(starts[::-1], dtype=np.intp), probability, float(total[-1]))


def exactly(n: int, score: SegmentScore, segments: int, probability: Scores, *, limits: Limits | None = None,
            beam: int = BEAM) -> Places:  # fmt: skip
    """Starts of the best partition into just so many segments (fewer only where there are not so many places).

    Found exactly where places times segments are not too many (`EXACT_CELLS`). Beyond that a price on every segment is
    sought that gives no more than that many, and the most probable places are added to those.

    Parameters
    ----------
    n, score, limits, beam
        As of `search`.
    segments : int
    probability : ndarray of shape (n,)
        How probable a beginning is at each place.
    """
    segments = max(1, min(segments, n))
    if segments == n:
        return np.arange(n)
    if n * segments > EXACT_CELLS:
        return _by_price(n, score, segments, probability, limits, beam)
    best = np.full((segments + 1, n + 1), -np.inf)
    back = np.zeros((segments + 1, n + 1), dtype=np.int32)
    best[0, 0] = 0.0
    active = np.array([0], dtype=np.intp)
    for j in range(1, n + 1):
        worth = _table(score, active, np.array([j]))[0]
        worth, promise, young = _limited(worth, limits, active, j)
        reach = best[:-1, active] + worth
        chosen = reach.argmax(axis=1)
        best[1:, j] = reach[np.arange(segments), chosen]
        back[1:, j] = active[chosen]
        # A beginning stays if it is good for any number of segments so far.
        good = _relative(best[:-1, active] + promise)
        active = np.append(active[_survivors(good, young, max(beam, segments + 1))], j)
    starts, j = [], n
    for k in range(segments, 0, -1):
        j = int(back[k, j])
        starts.append(j)
    return np.array(starts[::-1], dtype=np.intp)


def _by_price(n: int, score: SegmentScore, segments: int, probability: Scores, limits: Limits | None,
              beam: int) -> Places:  # fmt: skip
    def priced(price: float) -> Places:
        def dearer(starts: Places, ends: Places) -> Scores:
            return score(starts, ends) - price * (starts > 0)

        return search(n, dearer, limits=limits, beam=beam).starts

    low, high = -64.0, 64.0
    found = np.array([0], dtype=np.intp)
    for _ in range(16):
        middle = (low + high) / 2
        starts = priced(middle)
        if len(starts) == segments:
            return starts
        if len(starts) > segments:
            low = middle
        else:
            high, found = middle, starts
    others = np.setdiff1d(np.arange(1, n), found)
    likely = others[np.argsort(-probability[others], kind="stable")]
    return np.sort(np.concatenate([found, likely[: segments - len(found)]])).astype(np.intp)


def _nodes(n: int, places: Places | None) -> Places:
    if places is None:
        return np.arange(n + 1)
    nodes = np.union1d(places, [0, n]).astype(np.intp)
    return nodes[(nodes >= 0) & (nodes <= n)]


def _table(score: SegmentScore, starts: Places, ends: Places) -> Scores:
    """The scores of all segments, a row for each end."""
    worth = np.asarray(score(starts, ends[:, None]), dtype=np.float64)
    return np.array(np.broadcast_to(worth, (len(ends), len(starts))))


def _limited(worth: Scores, limits: Limits | None, starts: Places,
             end: int) -> tuple[Scores, Scores, NDArray[np.bool_] | None]:  # fmt: skip
    """Worth of the segments, what they promise once they have grown, and which must grow yet (None: none of them)."""
    if limits is None:
        return worth, worth, None
    off, short, long = limits.judge(starts, end)
    return worth + off, np.where(long, worth + off, worth), short


def _survivors(good: Scores, young: NDArray[np.bool_] | None, beam: int) -> Places:
    """Which beginnings are carried on: the best, and besides those that have had no chance as yet."""
    count = len(good)
    if count < beam:
        return np.arange(count)
    if young is None and count == beam:  # one too many, which is the common case: the worst, of equals the last
        return np.delete(np.arange(count), count - 1 - int(good[::-1].argmin()))
    young = np.zeros(count, dtype=bool) if young is None else young
    kept = np.flatnonzero(young)
    kept = kept[np.argsort(-good[kept], kind="stable")[:YOUNG]]
    grown = np.flatnonzero(~young)
    return np.sort(np.concatenate([kept, grown[np.argsort(-good[grown], kind="stable")[: beam - 1]]]))


def _backward(count: int, windows: list[tuple[Places, Scores]]) -> Scores:
    """Log sum over all ways on from each node to the end, the last node left out."""
    onward = np.full(count, -np.inf)
    onward[-1] = 0.0
    for near, scores in reversed(windows):
        sums, old = onward[near], len(near) - len(scores)
        for at in range(len(scores) - 1, -1, -1):
            known = old + at
            np.logaddexp(sums[:known], scores[at, :known] + sums[known], out=sums[:known])
        onward[near] = sums
    return onward[:-1]


def _log_sum(values: Scores) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum())) if np.isfinite(top) else float(top)


def _relative(reach: Scores) -> Scores:
    top = reach.max(axis=1, keepdims=True)
    finite = np.isfinite(top[:, 0])
    relative: Scores = (reach[finite] - top[finite]).max(axis=0)
    return relative
