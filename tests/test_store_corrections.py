"""Merging and splitting threads: no id is lost or used again, and every story resolves."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from stores import BEGIN, content, file, tamper

from segmenter.tracking import Store, StoreError, UnknownThread


def threads_of(store: Store) -> dict[str, str]:
    return {row["key"]: row["thread"] for row in store.iter_stories()}


def test_merging_moves_the_stories_and_the_old_id_resolves(store):
    a, b = file(store, 0, "a"), file(store, 5, "b", "b")
    assert store.merge("a", "b", reason="the same fire") == "a"
    assert threads_of(store) == dict.fromkeys(a + b, "a")
    assert [store.resolve("a"), store.resolve("b")] == ["a", "a"]
    [row] = store.threads().to_dict("records")
    assert (row["id"], row["stories"], (row["last"] - row["first"]).total_seconds()) == ("a", 3, 5 * 3600)
    assert store.check() == []
    [operation] = store.operations().to_dict("records")
    assert (operation["number"], operation["kind"], operation["reason"]) == (1, "merge", "the same fire")
    assert operation["payload"] == {"keep": "a", "other": "b", "stories": b}


def test_merged_ids_stand_for_what_they_resolve_to(store):
    for n, name in enumerate("abcd"):
        file(store, n, name)
    store.merge("a", "b")
    assert store.merge("c", "b") == "c"  # that is: a into c
    assert store.merge("b", "d") == "c"
    assert {store.resolve(name) for name in "abcd"} == {"c"}
    assert [row["merged_into"] for row in content(store)["threads"]] == ["c", "c", None, "c"]
    assert store.check() == []


def test_merging_what_is_merged_does_nothing(store):
    file(store, 0, "a", "b")
    store.merge("a", "b")
    before = content(store)
    assert [store.merge("a", "b"), store.merge("b", "a"), store.merge("b", "b")] == ["a"] * 3
    assert content(store) == before


def test_new_stories_of_a_merged_thread_go_where_it_went(store):
    file(store, 0, "a", "b")
    store.merge("a", "b")
    file(store, 1, "b", "a", "c")
    assert list(threads_of(store).values()) == ["a"] * 4 + ["c"]
    assert {one.thread for one in store.live(BEGIN, BEGIN)} == {"a"}
    assert len(store.stories(thread="b")) == 4 and list(store.threads(thread="b").id) == ["a"]
    assert store.check() == []


def test_splitting_moves_the_named_stories(store):
    keys = file(store, 0, "a") + file(store, 30, "a") + file(store, 50, "a")
    new = store.split("a", [keys[2], keys[1], keys[2]], reason="another fire")
    assert new.startswith("2024-03-02-") and len(new) == 21
    assert threads_of(store) == {keys[0]: "a", keys[1]: new, keys[2]: new}
    assert [(row["id"], row["stories"]) for row in content(store)["threads"]] == [(new, 2), ("a", 1)]
    assert store.operations().payload[0] == {"thread": "a", "new": new, "stories": keys[1:]}
    assert store.check() == []


def test_the_new_id_depends_on_the_stories_and_the_operation_alone(store, tmp_path):
    with Store(tmp_path / "other.db") as other:
        made = []
        for each in (store, other):
            keys = file(each, 0, *"aaaa")
            first = each.split("a", keys[:1])
            each.merge("a", first)
            made.append((first, each.split("a", keys[:1])))
    assert made[0] == made[1] and len(set(made[0])) == 2


def test_a_merge_is_undone_by_splitting(store):
    file(store, 0, "a")
    moved = file(store, 1, "b")
    store.merge("a", "b")
    new = store.split("b", store.operations().payload[0]["stories"])  # b stands for a
    assert new not in ("a", "b") and store.resolve("b") == "a"
    assert threads_of(store)[moved[0]] == new and store.check() == []


@pytest.mark.parametrize(("which", "said"), [
    ([], "none of its 2 stories"), ([0, 1], "all of its 2 stories"), ([2], "is no story of it"),
    ([0, 2, 3], "and 1 more is no story of it"),
])  # fmt: skip
def test_splits_that_make_no_sense_are_refused(store, which, said):
    keys = [*file(store, 0, "a", "a"), *file(store, 1, "b"), "no such key\0"]
    before = content(store)
    with pytest.raises(StoreError, match=said):
        store.split("a", [keys[n] for n in which])
    with pytest.raises(TypeError, match="a list"):
        store.split("a", keys[0])
    assert content(store) == before


def test_unknown_threads_are_named(store):
    file(store, 0, "a")
    for call in (lambda: store.merge("a", "x"), lambda: store.merge("x", "a"), lambda: store.split("x", ["k"]),
                 lambda: list(store.iter_stories(thread="x")), lambda: store.threads(thread="x")):  # fmt: skip
        with pytest.raises(UnknownThread, match="'x'"):
            call()
    assert store.operations().empty


def test_large_threads_can_be_merged_and_split(store):
    keys = file(store, 0, *(["a"] * 1100), *(["b"] * 1100))
    store.merge("b", "a")
    store.split("b", keys[:1500])
    assert sorted(row["stories"] for row in content(store)["threads"]) == [0, 700, 1500]
    assert store.check() == []


def test_a_ring_is_named_rather_than_followed(store):
    from segmenter.tracking.schema import threads

    file(store, 0, "a", "b")
    for one, other in ("ab", "ba"):
        tamper(store, threads.update().where(threads.c.id == one).values(merged_into=other))
    with pytest.raises(UnknownThread, match="ring"):
        store.resolve("a")
    assert any("does not resolve" in problem for problem in store.check())


NAMES = ["t0", "t1", "t2", "t3"]


class Corrections(RuleBasedStateMachine):
    """The store beside a model of it: the thread of each story, and what each merged thread stands for."""

    store: Store

    @initialize()
    def empty(self) -> None:
        from segmenter.tracking.schema import metadata

        with self.store._database.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self.dumps = 0
        self.thread: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.ids: list[str] = []

    def resolved(self, id: str) -> str:
        while id in self.merged:
            id = self.merged[id]
        return id

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.ids))

    @rule(data=st.data())
    def file(self, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(NAMES + self.ids), max_size=4))
        self.dumps += 1
        keys = file(self.store, data.draw(st.integers(-50, 50)), *names, text=f"{self.dumps}")
        self.ids += [name for name in dict.fromkeys(names) if name not in self.ids]
        self.thread |= {key: self.resolved(name) for key, name in zip(keys, names, strict=True)}

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        if self.ids:
            keep, other = self.some(data), self.some(data)
            stays, goes = self.resolved(keep), self.resolved(other)
            assert self.store.merge(keep, other) == stays
            if stays != goes:
                self.merged[goes] = stays
                self.thread = {key: stays if id == goes else id for key, id in self.thread.items()}

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        if self.ids:
            id = self.some(data)
            own = [key for key, thread in self.thread.items() if thread == self.resolved(id)]
            keys = data.draw(st.lists(st.sampled_from(own), unique=True))
            if len(keys) in (0, len(own)):
                with pytest.raises(StoreError, match=r"all|none"):
                    self.store.split(id, keys)
                return
            new = self.store.split(id, keys)
            assert new not in self.ids
            self.ids.append(new)
            self.thread |= dict.fromkeys(keys, new)

    @invariant()
    def same(self) -> None:
        assert threads_of(self.store) == self.thread
        assert {id: self.store.resolve(id) for id in self.ids} == {id: self.resolved(id) for id in self.ids}
        counts = {row["id"]: row["stories"] for row in content(self.store)["threads"]}
        assert counts == {id: list(self.thread.values()).count(id) for id in self.ids}
        assert set(self.store.threads().id) == set(self.thread.values())
        assert self.store.check() == []


def test_any_order_of_filing_merging_and_splitting(store):
    class Machine(Corrections):
        pass

    Machine.store = store
    run_state_machine_as_test(Machine, settings=settings(
        max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)))  # fmt: skip
