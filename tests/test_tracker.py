"""The tracker: an estimator, and one that goes on after an interruption as if there had been none."""

from __future__ import annotations

import copy
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from segmenter import StoryTracker
from segmenter.tracking import Assignment, Fingerprint, LiveStory
from segmenter.tracking.decision import shipped_threads
from segmenter.tracking.tracker import CANDIDATES, thread_id

BEGIN = datetime(2024, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

# Each line one running story, told again and again.
EVENTS = (
    "Volcano Tungurahua erupts near Quito; ash falls on Ambato and thousands leave their homes.",
    "Court in Lyon sentences two bankers to prison over the collapse of the Brantome savings bank.",
    "Parliament in Nairobi votes on the sugar bill as farmers from Kakamega march to the capital.",
    "انفجار في مرفأ اللاذقية يوقع عشرات الجرحى والدفاع المدني يواصل البحث عن مفقودين",
    "فوز الترجي على الزمالك في ذهاب نهائي دوري أبطال إفريقيا بهدفين دون رد في ملعب رادس",
)
DETAILS = ("Officials spoke on Monday.", "Witnesses told reporters.", "More is expected today.", "No one claimed it.",
           "وقال مسؤولون إن التحقيق مستمر.", "وأكدت مصادر محلية الخبر.")  # fmt: skip


def item(event: int, seed: int) -> str:
    """A text about an event, its words partly others each time."""
    chance = random.Random(f"{event} {seed}")
    words = EVENTS[event].split()
    kept = [word for word in words if chance.random() < 0.8]
    return " ".join(kept) + " " + " ".join(chance.sample(DETAILS, 2))


def stream(seed: int, size: int = 24, days: float = 12.0) -> list[tuple[str, datetime, str, str]]:
    """Key, date, text and outlet of stories in order of time."""
    chance = random.Random(seed)
    dates = sorted(BEGIN + timedelta(days=days) * chance.random() for _ in range(size))
    return [(f"k{n}", date, item(chance.randrange(len(EVENTS)), chance.randrange(1000)), f"o{chance.randrange(3)}")
            for n, date in enumerate(dates)]  # fmt: skip


@pytest.fixture(scope="module")
def eager() -> Any:
    """The shipped decision, but readier to link, so that short streams have merges."""
    return replace(shipped_threads(), join=0.5, link=0.02, merge=-4.0)


def go(tracker: StoryTracker, stories: list[tuple[str, datetime, str, str]]) -> list[tuple[Assignment, Fingerprint]]:
    found = []
    for key, date, text, outlet in stories:
        print_ = tracker.describe([text])[0]
        found.append((tracker.assign(key, date, print_, outlet=outlet), print_))
    return found


# --- what it is for ------------------------------------------------------------------------------------------------


def test_tells_of_one_event_share_a_thread_and_others_do_not() -> None:
    texts = [item(event, seed) for seed in range(4) for event in range(len(EVENTS))]
    dates = [BEGIN + n * HOUR for n in range(len(texts))]
    labels = StoryTracker().fit_predict(texts, dates=dates)
    assert all(labels[n] == labels[n % len(EVENTS)] for n in range(len(texts)))
    assert len(set(labels)) == len(EVENTS)


def test_the_same_event_weeks_later_is_another_story() -> None:
    text = EVENTS[0]
    labels = StoryTracker().fit_predict([text, text, text], dates=[BEGIN, BEGIN + HOUR, BEGIN + timedelta(days=40)])
    assert labels[0] == labels[1] != labels[2]


def test_the_window_reaches_to_both_sides() -> None:
    late = BEGIN + timedelta(days=2)
    tracker = StoryTracker(window=3).partial_fit([EVENTS[0]], dates=[late])
    (first,) = tracker.labels_
    tracker.partial_fit([EVENTS[0] + " Early."], dates=[BEGIN])  # comes later, was published before
    assert tracker.labels_[0] == first
    tracker.partial_fit([EVENTS[0] + " Earlier."], dates=[late - timedelta(days=3, seconds=1 + 2 * 86_400)])
    assert tracker.labels_[0] != first


def test_an_id_is_the_date_and_ten_letters_for_ever() -> None:
    assert thread_id("a key", BEGIN) == "2024-03-01-r6r2vmx2vg"
    tracker = StoryTracker().partial_fit(["A text."], dates=[BEGIN], keys=["a key"])
    assert tracker.labels_[0] == thread_id("a key", BEGIN)
    assert tracker.probabilities_[0] == 1.0


def test_near_copies_are_told_and_name_the_earliest() -> None:
    text = "The harbour master of Port Sudan said on Tuesday that two ships with grain would leave before the weekend."
    changed = text.replace("two ships", "both ships")
    tracker = StoryTracker()
    tracker.fit([text, changed, text, EVENTS[1]], keys=list("abcd"), dates=[BEGIN + n * HOUR for n in range(4)])
    assert tracker.copies_ == [None, "a", "a", None]
    assert len(set(tracker.labels_[:3])) == 1


def test_threads_that_a_story_shows_to_be_one_are_merged(eager: Any) -> None:
    found = [assigned for seed in range(10) for assigned, _ in go(StoryTracker(decision=eager), stream(seed))]
    merges = [merge for assigned in found for merge in assigned.merges]
    assert merges
    assert all(merge.keep < merge.other and merge.reason for merge in merges)
    assert all(assigned.thread == assigned.merges[-1].keep for assigned in found if assigned.merges)
    for seed in range(10):
        tracker = StoryTracker(decision=eager)
        given = go(tracker, stream(seed))
        gone = {merge.other for assigned, _ in given for merge in assigned.merges}
        assert not gone & {tracker.resolve(assigned.thread) for assigned, _ in given}
        assert set(tracker._merged()) == gone
        assert not any(a.merges for a, _ in go(StoryTracker(decision=eager, merge=False), stream(seed)))


# --- what may not change anything --------------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=st.integers(0, 999), order=st.permutations(range(24)))
def test_a_batch_may_come_in_any_order(seed: int, order: list[int]) -> None:
    keys, dates, texts, outlets = (list(part) for part in zip(*stream(seed), strict=True))
    straight = StoryTracker().fit(texts, dates=dates, keys=keys, outlets=outlets)
    mixed = StoryTracker().fit(*[[texts[i] for i in order]], dates=[dates[i] for i in order],
                               keys=[keys[i] for i in order], outlets=[outlets[i] for i in order])  # fmt: skip
    assert mixed.labels_.tolist() == [straight.labels_[i] for i in order]
    assert mixed.probabilities_.tolist() == [straight.probabilities_[i] for i in order]
    assert mixed.copies_ == [straight.copies_[i] for i in order]


@settings(max_examples=25)
@given(seed=st.integers(0, 999), cuts=st.sets(st.integers(1, 23), max_size=4))
def test_many_calls_in_order_of_time_are_one(seed: int, cuts: set[int]) -> None:
    keys, dates, texts, _ = (list(part) for part in zip(*stream(seed), strict=True))
    whole = StoryTracker(window=3).fit(texts, dates=dates, keys=keys)
    parts, labels = StoryTracker(window=3), []
    for low, high in pairwise([0, *sorted(cuts), 24]):
        parts.partial_fit(texts[low:high], dates=dates[low:high], keys=keys[low:high])
        labels += parts.labels_.tolist()
    assert [parts.resolve(label) for label in labels] == whole.labels_.tolist()


@settings(max_examples=40)
@given(seed=st.integers(0, 999), cut=st.integers(0, 24), shuffle=st.integers(0, 99))
def test_a_tracker_that_is_restored_goes_on_as_the_one_that_was_there(
    eager: Any, seed: int, cut: int, shuffle: int
) -> None:
    stories = stream(seed)
    whole = go(StoryTracker(window=4, decision=eager), stories)
    first = StoryTracker(window=4, decision=eager)
    before = go(first, stories[:cut])
    since = stories[cut][1] - timedelta(days=4) if cut < len(stories) else BEGIN
    stored = [LiveStory(key, first.resolve(assigned.thread), date, outlet, None, None, assigned.copy_of,
                        *print_.to_bytes())
              for (key, date, _, outlet), (assigned, print_) in zip(stories, before, strict=False)
              if date >= since]  # fmt: skip
    random.Random(shuffle).shuffle(stored)  # what it decides depends on which stories there are, not on their order
    again = StoryTracker(window=4, decision=eager)
    again.restore(stored)
    assert [a for a, _ in go(again, stories[cut:])] == [a for a, _ in whole[cut:]]


@settings(max_examples=20)
@given(seed=st.integers(0, 999))
def test_forgetting_changes_no_decision(eager: Any, seed: int) -> None:
    stories = stream(seed, days=30)
    keeps, forgets = StoryTracker(window=3, decision=eager), StoryTracker(window=3, decision=eager)
    for story in stories:
        ((kept, _),) = go(keeps, [story])
        forgets.forget(story[1] - timedelta(days=3))
        ((forgotten, _),) = go(forgets, [story])
        assert kept == forgotten
    assert len(forgets._live) < len(keeps._live) == len(stories)


def test_many_equally_near_stories_are_no_matter_of_order() -> None:
    keys = [f"{n:04}" for n in range(CANDIDATES + 40)]
    print_ = StoryTracker().describe([EVENTS[0]])[0]
    results = []
    for order in (keys, keys[::-1]):
        tracker = StoryTracker()
        tracker.restore(LiveStory(key, f"t{int(key) % 7}", BEGIN, None, None, None, None, *print_.to_bytes())
                        for key in order)  # fmt: skip
        results.append(tracker.assign("new", BEGIN + HOUR, print_))
    assert results[0] == results[1]
    assert results[0].copy_of == "0000"


# --- manners -----------------------------------------------------------------------------------------------------


def test_scikit_learn_knows_it() -> None:
    tracker = StoryTracker(window=3.0, threshold=0.6)
    assert clone(tracker).get_params() == tracker.get_params()
    assert repr(tracker) == "StoryTracker(window=3.0, threshold=0.6)"
    assert tracker.set_params(window=2.0).window == 2.0
    assert set(vars(StoryTracker())) == set(tracker.get_params())
    other = copy.deepcopy(tracker.partial_fit(["A text."], dates=[BEGIN]))
    assert not any(name.startswith("_kept") for name in vars(other))
    assert other.partial_fit(["A text."], dates=[BEGIN]).labels_[0] == tracker.labels_[0]
    assert tracker.merged_ == {}


def test_embeddings_can_be_given() -> None:
    vectors = np.eye(3)[[0, 1, 0]]
    labels = StoryTracker(threshold=0.0).fit_predict(["alpha beta", "gamma delta", "alpha beta"], embeddings=vectors,
                                                     dates=[BEGIN] * 3, keys=list("abc"))  # fmt: skip
    assert labels[0] == labels[2]


def test_the_threshold_decides() -> None:
    texts = [EVENTS[0], EVENTS[0] + " More soon."]
    alone = StoryTracker(threshold=1.0).fit_predict(texts, dates=[BEGIN, BEGIN + HOUR])
    assert len(set(alone)) == 2


def test_nothing_to_do() -> None:
    tracker = StoryTracker().partial_fit([], dates=[])
    assert tracker.labels_.tolist() == []
    assert StoryTracker().fit(["", ""], dates=[BEGIN] * 2).labels_.shape == (2,)


@pytest.mark.parametrize(("change", "said"), [
    ({"X": "one text"}, "several texts"),
    ({"dates": [datetime(2024, 1, 1)] * 2}, "no time zone"),
    ({"dates": ["2024-03-01"] * 2}, "is no datetime"),
    ({"dates": [BEGIN]}, "2 texts, 1 dates"),
    ({"keys": ["a"]}, "1 keys"),
    ({"outlets": ["a"]}, "1 outlets"),
    ({"titles": ["a"]}, "1 titles"),
    ({"embeddings": [[1.0, float("nan")]] * 2}, "no finite numbers"),
])  # fmt: skip
def test_what_it_refuses(change: dict[str, Any], said: str) -> None:
    given = {"X": ["a", "b"], "dates": [BEGIN] * 2} | change
    with pytest.raises((TypeError, ValueError), match=re.escape(said)):
        StoryTracker().partial_fit(given.pop("X"), **given)


@pytest.mark.parametrize("params", [{"window": 0}, {"window": float("nan")}, {"threshold": 1.5}, {"threshold": "x"}])
def test_parameters_out_of_range_are_named(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(params))):
        StoryTracker(**params).partial_fit(["a"], dates=[BEGIN])


def test_stories_of_two_embeddings_cannot_be_compared() -> None:
    tracker = StoryTracker().partial_fit(["a"], dates=[BEGIN], embeddings=np.ones((1, 8)))
    with pytest.raises(ValueError, match="4 numbers among others of 8"):
        tracker.partial_fit(["b"], dates=[BEGIN], embeddings=np.ones((1, 4)))
