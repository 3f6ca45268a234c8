"""BCubed, and the labels that the tracker is to learn from."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmenter.evaluation.clustering import bcubed
from segmenter.training.threads import read_threads

CLUSTERS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30)


def test_a_case_worked_by_hand():
    # a a a b b | x x y y y: precision (1 + 1 + 1/3 + 2/3 + 2/3) / 5, recall (2/3 + 2/3 + 1/3 + 1 + 1) / 5
    scores = bcubed("aaabb", "xxyyy")
    assert scores.precision == pytest.approx(11 / 15)
    assert scores.recall == pytest.approx(11 / 15)
    assert scores.f1 == pytest.approx(11 / 15)


def test_alone_and_all_together():
    assert bcubed("aab", [0, 1, 2]) == pytest.approx((1.0, 2 / 3, 0.8))
    assert bcubed("aab", [0, 0, 0]) == pytest.approx((5 / 9, 1.0, 5 / 7))


def test_some_items_only():
    assert bcubed("aab", [0, 0, 0], of=[2]) == pytest.approx((1 / 3, 1.0, 0.5))


@given(CLUSTERS)
def test_names_do_not_matter_and_the_truth_is_perfect(pairs):
    truth, found = zip(*pairs, strict=True)
    assert bcubed(truth, [f"t{one}" for one in truth]) == (1.0, 1.0, 1.0)
    scores, swapped = bcubed(truth, found), bcubed(found, truth)
    assert scores.precision == pytest.approx(swapped.recall)
    assert all(0.0 < score <= 1.0 for score in scores)


def test_what_cannot_be_scored():
    with pytest.raises(ValueError, match="2 true clusters, but 1"):
        bcubed("ab", "a")
    with pytest.raises(ValueError, match="no items"):
        bcubed([], [])


def test_labels_cover_whole_windows():
    windows = read_threads()
    assert len(windows) == 12
    assert sum(map(len, windows.values())) == 5_348
    names = [name for window in windows.values() for name in window]
    assert len(names) == len(set(names))
    for window in windows.values():
        sizes = Counter(window.values())
        assert all(sizes[thread] > 1 for thread in sizes if not thread.startswith("alone:"))
