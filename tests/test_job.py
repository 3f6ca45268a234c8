"""The job on a store, on both databases, with a tracker that goes by words."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from commands import Fake
from stores import BEGIN, content
from trackers import Model, WordTracker

from segmenter.errors import InputError, ModelError
from segmenter.io import Dump
from segmenter.tracking import Merge, Store, StoreError, StoreMismatch, filing
from segmenter.tracking.intake import dump_key
from segmenter.tracking.job import Job

DAY = timedelta(days=1)


class Run:
    """Runs jobs on a store; `events` are those of the last one, `most` what a tracker knew at most."""

    def __init__(self, store: Store, *, window: float = 2.0, model: Model | None = None, **trouble) -> None:
        self.store, self.window, self.model, self.trouble = store, window, model or Model(), trouble
        self.events: list[tuple[str, dict]] = []
        self.trackers: list[WordTracker] = []

    def __call__(self, dumps: Iterable[Dump | InputError], **options):
        self.events, self.trackers = [], []
        self.job = Job(self.store, Fake(), self._tracker, lambda: self.model, "1", self._report)
        return self.job.run(dumps, **options)

    @property
    def most(self) -> int:
        return max(tracker.most for tracker in self.trackers)

    def _tracker(self) -> WordTracker:
        tracker = WordTracker(self.window)
        for name, wrapped in self.trouble.items():
            setattr(tracker, name, wrapped(getattr(tracker, name)))
        self.trackers.append(tracker)
        return tracker

    def _report(self, name: str, **about) -> None:
        self.events.append((name, about))


def dump(id: str, text: str, days: float = 0.0, **about) -> Dump:
    date = (BEGIN + days * DAY).isoformat()
    return Dump(text, id, date, source="in.jsonl", place=id, named=True, **about)


def some(count: int = 40, days: float = 20.0, seed: int = 0) -> list[Dump]:
    chance = random.Random(seed)
    words = [f"w{n}" for n in range(40)]
    return [dump(f"d{n}", "\n".join(" ".join(chance.sample(words, 2)) for _ in range(chance.choice((0, 1, 3)))),
                 round(chance.uniform(0, days), 1)) for n in range(count)]  # fmt: skip


@pytest.fixture
def lite(tmp_path) -> Iterator[Store]:
    """A store where it does not matter on which database."""
    with Store(tmp_path / "stories.db") as store:
        yield store


def state(store: Store) -> dict:
    found = content(store)
    del found["runs"]
    return found


def threads(store: Store) -> dict[str, str]:
    """Stories by thread, with the threads named after their first stories."""
    first: dict[str, str] = {}
    names = ((f"{row['id']}:{row['story']}", row["thread"]) for row in store.iter_stories())
    return {name: first.setdefault(thread, name) for name, thread in names}


# --- what is filed -------------------------------------------------------------------------------------------------


def test_the_title_of_the_input_serves_where_the_text_has_none(lite):
    titled = {"title": " A ferry\nsank "}
    Run(lite)([dump("one", "ferry harbour", meta=titled), dump("two", "ferry\nelection", meta=titled),
               dump("odd", "bridge", meta={"title": 7}), dump("none", "", meta=titled)])  # fmt: skip
    rows = {(row["id"], row["story"]): row["title"] for row in lite.iter_stories()}
    assert rows["one", 0] == "A ferry sank"
    assert "A ferry sank" not in (rows["two", 0], rows["two", 1], rows["odd", 0])


def test_dumps_become_stories_and_threads(store):
    run = Run(store)
    counts = run([dump("a", "ferry harbour\nelection", meta={"outlet": "Daily", "n": 1}),
                  dump("b", "ferry sinks", 1.5), dump("c", "ferry harbour", 1.0), dump("d", "ferry", 9.0)])  # fmt: skip
    assert threads(store) == {"a:0": "a:0", "a:1": "a:1", "c:0": "a:0", "b:0": "a:0", "d:0": "d:0"}
    rows = {(row["id"], row["story"]): row for row in store.iter_stories(text=True)}
    assert rows["a", 0]["thread"] == rows["b", 0]["thread"] != rows["a", 1]["thread"]
    assert rows["c", 0]["copy_of"] == rows["a", 0]["key"] and rows["b", 0]["copy_of"] is None
    one = rows["a", 1]
    assert (one["outlet"], one["topic"], one["topic_score"], one["text"], one["length"], one["start"]) == (
        "Daily", "t:1", 0.5, "election", 8, 14)  # fmt: skip
    assert one["date"] == BEGIN and one["date_given"] == BEGIN.isoformat()
    kept = {row["id"]: row["meta"] for row in content(store)["dumps"]}
    assert kept["a"] == {"n": 1}
    got = counts.to_dict()
    expected = {"read": 4, "new": 4, "known": 0, "filed": 4, "failed": 0, "stories": 5, "opened": 3, "joined": 2,
                "copies": 1, "merges": 0, "waiting": 0, "repeated": 0}  # fmt: skip
    assert {name: got[name] for name in expected} == expected
    assert got["seconds"]["total"] >= got["seconds"]["storing"] > 0 and got["stories_per_minute"] > 0
    [row] = content(store)["runs"]
    assert row["status"] == "done" and row["counts"] == got
    assert [about["stories"] for name, about in run.events if name == "dump"] == [2, 1, 1, 1]


def test_run_twice_it_changes_nothing(store):
    run, given = Run(store), some()
    run(given)
    before = state(store)
    again = run([*given, *given])
    assert state(store) == before
    assert (again.read, again.known, again.repeated, again.filed, again.new) == (80, 40, 40, 0, 0)
    assert run.trackers == []  # with nothing to do nothing is loaded


def test_the_same_text_under_another_id_is_another_dump(lite):
    counts = Run(lite)([dump("a", "ferry"), dump("b", "ferry", 1), Dump("ferry", "x"), Dump("ferry", "y")],
                        date=BEGIN)  # fmt: skip
    assert (counts.new, counts.repeated, counts.copies) == (3, 1, 2)
    assert len(set(threads(lite).values())) == 1


def test_the_order_of_inputs_makes_no_difference_within_a_run(tmp_path):
    given = some(25, days=5)
    found = []
    for n, order in enumerate((given, given[::-1], random.Random(1).sample(given, 25))):
        with Store(tmp_path / f"{n}.db") as store:
            Run(store)(order)
            found.append(state(store))
    assert found[0] == found[1] == found[2]
    assert found[0]["operations"]


def test_across_runs_the_order_does_make_a_difference(tmp_path):
    # The later dump would have opened the thread's id; what was decided stays.
    a, b = dump("a", "ferry"), dump("b", "ferry", 1)
    found = []
    for n, order in enumerate(permutations((a, b))):
        with Store(tmp_path / f"{n}.db") as store:
            for one in order:
                Run(store)([one])
            [thread] = store.threads()["id"]
            found.append(thread[:10])
    assert found == ["2024-03-01", "2024-03-02"]


def test_a_run_a_dump_ends_as_one_run_for_all(tmp_path):
    given = sorted(some(), key=lambda one: (one.date, dump_key(one)))
    with Store(tmp_path / "one.db") as one, Store(tmp_path / "many.db") as many:
        Run(one)(given)
        for part in given:
            Run(many)([part])
        found, other = state(one), state(many)
        assert len(found["operations"]) > 2 and found == other


# --- what the tracker knows ------------------------------------------------------------------------------------------


def test_the_tracker_knows_the_window_and_no_more(store):
    """What it knew shows in the probabilities, see `WordTracker`; here the archive holds stories on both sides."""
    late, early = some(40, seed=1), some(40, seed=2)
    early = [Dump(one.text, f"e{one.id}", one.date, named=True) for one in early]
    run = Run(store)
    run(late)
    run(early)
    rows = list(store.iter_stories())
    assert len(rows) > 60
    for n, row in enumerate(rows):
        known = sum(abs(one["date"] - row["date"]) <= 2 * DAY for one in rows[:n])
        assert row["probability"] == 1 / (2 + known), row["id"]
    assert run.most < len(rows) / 2


def test_memory_is_bounded_by_the_window(lite):
    run = Run(lite)
    run(dump(f"d{n}", f"w{n} x{n}\ny{n}", n / 2) for n in range(100))
    assert run.most == 2 * 5  # 200 stories, of which five dumps lie within two days
    run([dump("late", "w3", 49.5)])
    assert run.most == 11


def test_merges_are_filed_with_the_dump(store):
    run = Run(store)
    texts = ("ferry", "harbour", "ferry harbour", "harbour")
    counts = run(dump(f"d{n}", text, n / 2) for n, text in enumerate(texts))
    assert len(set(threads(store).values())) == 1 and counts.merges == 1
    assert [name for name, _ in run.events] == ["dump", "dump", "merge", "dump", "dump"]
    [row] = store.operations().to_dict("records")
    assert row["reason"] == "a word in common" and len(row["payload"]["stories"]) == 1
    assert store.check() == []


def test_a_merge_made_meanwhile_is_followed(store):
    a, b, c = dump("a", "ferry"), dump("b", "harbour", 0.5), dump("c", "harbour", 1)
    Run(store)([a, b])
    first, second = (row["thread"] for row in store.iter_stories())

    def wrapped(assign):
        def merge_and_assign(*given, **more):
            store.merge(first, second)
            return assign(*given, **more)

        return merge_and_assign

    Run(store, assign=wrapped)([c])
    assert {row["thread"] for row in store.iter_stories()} == {first}
    assert store.check() == []


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31T23:59:59.999999+00:00"])
def test_dates_at_the_ends_of_the_calendar(store, date):
    given = [Dump("ferry", "a", date, named=True), Dump("ferry boat", "b", date, named=True)]
    for part in (given[:1], given[1:], [dump("c", "ferry")]):
        assert Run(store, window=1000.0)(part).failed == 0
    assert len(store.threads()) == 2 and store.check() == []


@pytest.mark.parametrize("text", ["", " \n \n", "\0", "a\x10b\0 \ud7ff\U0001f600"])
def test_texts_with_little_in_them(store, text):
    counts = Run(store)([dump("a\0\x10", text)])
    assert (counts.filed, counts.stories) == (1, int(bool(text.strip())))
    assert Run(store)([dump("a\0\x10", text)]).known == 1 and store.check() == []


# --- trouble -------------------------------------------------------------------------------------------------------


def test_a_bad_dump_does_not_stop_the_rest(store):
    run = Run(store)
    bad = dump("bad", "CRASH", 1)
    error = InputError("in.csv", "row 3", "no CSV", "mend it")
    counts = run([dump("a", "ferry"), error, bad, dump("b", "ferry", 2)])
    assert (counts.filed, counts.failed, counts.unreadable) == (2, 1, 1)
    assert len(run.trackers) == 1  # nothing of the bad dump was assigned: what the tracker knows still holds
    failed = [about["error"] for name, about in run.events if name == "failure"]
    assert str(failed[0]) == "in.csv, row 3: no CSV (mend it)"
    assert "in.jsonl, bad: could not be filed, RuntimeError: boom" in str(failed[1]) and "--retry" in str(failed[1])
    assert list(store.failures().reason) == ["no CSV", "could not be filed, RuntimeError: boom\nbang"]
    again = run([error, bad])
    assert (again.failed, again.known, again.unreadable) == (0, 1, 1) and len(store.failures()) == 2
    retried = run([], retry=True)
    assert (retried.waiting, retried.failed) == (1, 1)
    run.job.segmenter = Fake()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fake, "split", lambda self, text, **about: _split(self, text.replace("CRASH", "ferry"), **about))
        assert run([], retry=True).filed == 1
    assert list(store.failures().source) == ["in.csv"] and len(set(threads(store).values())) == 1


_split = Fake.split


def test_what_a_failed_dump_had_assigned_is_forgotten(lite):
    def wrapped(assign):
        def fails(key, *given, **more):
            found = assign(key, *given, **more)
            if key.endswith(":1"):
                raise ValueError("too much")
            return found

        return fails

    counts = Run(lite, assign=wrapped)([dump("bad", "ferry\nharbour"), dump("b", "ferry", 1)])
    assert (counts.failed, counts.filed) == (1, 1)
    assert threads(lite) == {"b:0": "b:0"}
    assert [row["probability"] for row in lite.iter_stories()] == [0.5]


def test_a_merge_of_threads_that_are_not_there_fails_the_dump(lite):
    def wrapped(assign):
        return lambda *given, **more: assign(*given, **more)._replace(merges=(Merge("no", "where"),))

    counts = Run(lite, assign=wrapped)([dump("a", "ferry")])
    assert counts.failed == 1 and "no such thread" in lite.failures().reason.item() and lite.check() == []


def test_a_store_or_model_that_fails_ends_the_run(lite, monkeypatch):
    run = Run(lite)
    with pytest.raises(ModelError):
        run([dump("a", "MODEL"), dump("b", "ferry", 1)])
    assert run.job.status == "failed" and lite.pending_count() == 2
    monkeypatch.setattr(Store, "file", lambda *_, **__: (_ for _ in ()).throw(StoreError("the disk is full")))
    with pytest.raises(StoreError, match="disk is full"):
        run([dump("c", "ferry", -1)])
    monkeypatch.undo()
    assert [row["status"] for row in content(lite)["runs"]] == ["failed", "failed"] and lite.pending_count() == 3


def test_another_model_is_refused(lite):
    Run(lite)([dump("a", "ferry")])
    before = state(lite)
    with pytest.raises(StoreMismatch):
        Run(lite, model=Model("another"))([dump("b", "ferry")])
    assert state(lite)["stories"] == before["stories"] and lite.pending_count() == 1
    assert Run(lite)([]).filed == 1


def test_staging_that_was_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr(filing, "_STAGED_ROWS", 3)
    given = some(25)

    class Stop(BaseException):
        pass

    def broken(n):
        yield from given[:n]
        raise Stop

    with Store(tmp_path / "calm.db") as calm, Store(tmp_path / "s.db") as store:
        Run(calm)(given)
        run = Run(store)
        for n in (2, 7, 7, 20):
            with pytest.raises(Stop):
                run(broken(n))
            assert store.pending_count() == n // 3 * 3 and run.job.status == "stopped"
        run(given)
        assert state(store) == state(calm)
        assert [row["status"] for row in content(store)["runs"]] == ["stopped"] * 4 + ["done"]


def test_dates_that_cannot_be_read_are_counted(lite):
    run = Run(lite)
    counts = run([Dump("ferry", "a", "some day", named=True)], date=datetime(2020, 1, 1, tzinfo=UTC))
    assert counts.undated == 1 and [name for name, _ in run.events] == ["undated", "dump"]
    [row] = lite.iter_stories()
    assert (row["date"].year, row["date_given"]) == (2020, "some day")


def test_counts_are_json(lite):
    assert json.loads(json.dumps(Run(lite)([]).to_dict()))["stories_per_minute"] == 0
