"""Search: exact against trying every partition, whatever the score."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmenter.partition import EXACT_CELLS, Limits, exactly, search


def table_score(table: NDArray[np.float64]):
    return lambda starts, ends: table[starts, ends]


def every_partition(n: int, table: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    worths = {}
    for size in range(n):
        for inner in combinations(range(1, n), size):
            starts = (0, *inner)
            worths[starts] = sum(table[a, b] for a, b in zip(starts, (*inner, n), strict=True))
    return worths


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_best_partition_and_posterior_are_exact(n: int, seed: int) -> None:
    table = np.random.default_rng(seed).normal(size=(n, n + 1)) * 2
    worths = every_partition(n, table)
    found = search(n, table_score(table))
    assert tuple(found.starts) == max(worths, key=lambda starts: worths[starts])
    total = np.logaddexp.reduce(list(worths.values()))
    for place in range(n):
        exact = sum(np.exp(worth - total) for starts, worth in worths.items() if place in starts)
        assert found.probability[place] == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("segments", [1, 2, 4, 8])
def test_exactly_so_many(segments: int) -> None:
    n = 8
    table = np.random.default_rng(segments).normal(size=(n, n + 1))
    worths = {s: w for s, w in every_partition(n, table).items() if len(s) == segments}
    assert tuple(exactly(n, table_score(table), segments, np.zeros(n))) == max(worths, key=lambda s: worths[s])


def test_more_segments_than_places() -> None:
    assert len(exactly(3, table_score(np.zeros((3, 4))), 10, np.zeros(3))) == 3


def blocks_of_stories(n: int, stories: int, seed: int = 0):
    """A score over `n` noisy places of so many stories, with coherence and a price for every segment."""
    random = np.random.default_rng(seed)
    signal = np.eye(stories)[np.arange(n) * stories // n] + random.normal(scale=0.4, size=(n, stories))
    total = np.concatenate([np.zeros((1, stories)), signal.cumsum(axis=0)])

    def score(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
        return ((total[ends] - total[starts]) ** 2).sum(axis=-1) / np.maximum(ends - starts, 1) - 6.0

    return score


def places(starts: NDArray[np.intp], end: int) -> NDArray[np.float64]:
    return (end - starts).astype(float)


@pytest.mark.parametrize(("low", "high"), [(230, None), (150, 260), (None, 90), (300, 310)])
def test_limits_are_kept_however_long_the_segments(low: int | None, high: int | None) -> None:
    n, limits = 900, Limits(places, low, high)
    score = blocks_of_stories(n, 6)
    starts = search(n, score, limits=limits).starts
    assert np.array_equal(starts, search(n, score, limits=limits, beam=10**9).starts)
    lengths = np.diff([*starts, n])
    assert low is None or lengths.min() >= low
    assert high is None or lengths.max() <= high
    some = exactly(n, score, 4, np.zeros(n), limits=Limits(places, 150, None))
    assert len(some) == 4 and np.diff([*some, n]).min() >= 150


def test_limits_that_cannot_be_kept_are_missed_by_little() -> None:
    assert search(50, blocks_of_stories(50, 2), limits=Limits(places, 80, None)).starts.tolist() == [0]


def test_very_many_segments_are_found_without_a_table_of_them() -> None:
    n, wanted = 3_000, 700
    assert n * wanted > EXACT_CELLS
    score = blocks_of_stories(n, 6)
    assert len(exactly(n, score, wanted, search(n, score).probability)) == wanted


def test_only_at_the_places_allowed() -> None:
    table = np.ones((10, 11))  # every cut is worth one more
    found = search(10, table_score(table), np.array([4, 7]))
    assert found.starts.tolist() == [0, 4, 7]
    assert found.probability[[1, 2, 3, 5]].tolist() == [0.0] * 4


def test_a_narrow_beam_finds_clear_boundaries() -> None:
    n, truth = 400, [0, 90, 200, 310]
    signal = np.searchsorted(truth, np.arange(n), side="right")
    one_hot = np.eye(8)[signal]
    total = np.concatenate([np.zeros((1, 8)), one_hot.cumsum(axis=0)])

    def score(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
        return ((total[ends] - total[starts]) ** 2).sum(axis=-1) / np.maximum(ends - starts, 1) - 3.0

    assert search(n, score, beam=16).starts.tolist() == truth
    assert search(n, score).starts.tolist() == truth
