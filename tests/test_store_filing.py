"""Dumps that are filed with merges, and what a store holds on to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from stores import content, dump, file, story

from segmenter.tracking import Merge, Store, StoreMismatch, UnknownThread
from segmenter.tracking.address import parse


def filed(store: Store, number: int, threads: str, *merges: Merge):
    of = dump(number)
    return store.file(of, length=9, language="en", version="1", merges=merges,
                      stories=[story(of, n, thread) for n, thread in enumerate(threads)])  # fmt: skip


def where(store: Store) -> dict[str, str]:
    return {f"{row['id']}:{row['story']}": row["thread"] for row in store.iter_stories()}


def test_a_dump_is_filed_with_the_merges_it_calls_for(store):
    file(store, 0, "a", "b", "c")
    found = filed(store, 1, "ad", Merge("a", "b", "one story"))
    assert found == (("d",), (Merge("a", "b", "one story"),))
    assert where(store) == {"d0:0": "a", "d0:1": "a", "d0:2": "c", "d1:0": "a", "d1:1": "d"}
    [row] = store.operations().to_dict("records")
    assert (row["kind"], row["reason"]) == ("merge", "one story")
    assert row["payload"] == {"keep": "a", "other": "b", "stories": [f"{dump(0).key}:1"]}
    assert store.resolve("b") == "a" and store.check() == []


def test_a_merge_may_name_threads_of_this_dump_alone(store):
    file(store, 0, "a")
    # The second story showed that the first one's thread is the old one; the third, that both are its own.
    found = filed(store, 1, "xaz", Merge("a", "x"), Merge("z", "x"))
    assert found.opened == ("x", "z") and found.merges == (Merge("a", "x"), Merge("z", "a"))
    assert set(where(store).values()) == {"z"} and store.check() == []
    assert store.resolve("a") == store.resolve("x") == "z"


def test_merges_meet_those_that_were_made_by_hand(store):
    file(store, 0, "a", "b", "c")
    store.merge("c", "a")
    assert filed(store, 1, "a", Merge("a", "b"), Merge("c", "a")).merges == (Merge("c", "b"),)
    assert set(where(store).values()) == {"c"} and store.check() == []


def test_all_or_nothing_with_merges_too(store):
    file(store, 0, "a", "b")
    store.stage([dump(1)])
    before = content(store)
    with pytest.raises(UnknownThread):
        filed(store, 1, "a", Merge("a", "b"), Merge("a", "nowhere"))
    assert content(store) == before
    assert filed(store, 1, "a", Merge("a", "b"))
    before = content(store)
    assert filed(store, 1, "z", Merge("z", "a")) is None
    assert content(store) == before


def test_merges_of_a_dump_without_stories(store):
    file(store, 0, "a", "b")
    assert filed(store, 1, "", Merge("a", "b")) == ((), (Merge("a", "b"),))


def test_which_dumps_are_known(store):
    store.stage([dump(1)])
    file(store, 2, "t")
    store.fail(dump(3), "bad", "1")
    keys = [dump(n).key for n in range(700)]
    assert store.known(iter(keys)) == {dump(n).key for n in (1, 2, 3)}
    assert store.known([]) == set()


def test_reasons_may_hold_what_is_no_text(store):
    store.fail(dump(1), "no text: \udcff \0", "1")
    assert store.failures().reason.item() == "no text: \\udcff \0"


def test_the_first_setting_stays(store, store_url):
    store.settle("embedding", {"name": "a", "dimension": 4})
    with Store(store_url) as other:
        other.settle("embedding", {"name": "a", "dimension": 4})
        other.settle("another", [1])
        with pytest.raises(StoreMismatch, match=r"embedding .'name': 'a'.*'dimension': 8.*begin a new store"):
            other.settle("embedding", {"name": "a", "dimension": 8})
    assert [(row["name"], row["value"]) for row in content(store)["settings"]] == [
        ("another", [1]), ("embedding", {"name": "a", "dimension": 4})]  # fmt: skip


def test_the_newest_date(store):
    assert store.last_date() is None
    file(store, 5, "a")
    file(store, 2, "a")
    assert store.last_date() == dump(5).date


def test_an_older_store_is_brought_up_to_date(store_url):
    with Store(store_url) as store:
        file(store, 0, "a")
        before = content(store)
    engine = sa.create_engine(parse(store_url))
    with engine.begin() as connection:  # as the first version left it
        connection.execute(sa.text("DROP TABLE settings"))
        connection.execute(sa.text("UPDATE store_version SET version_num = '0001'"))
    engine.dispose()
    with Store(store_url, create=False) as store:
        assert content(store) == before
        store.settle("embedding", 1)
