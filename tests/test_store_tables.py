"""Data frames of a store."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
from stores import BEGIN, dump, file

HOUR = timedelta(hours=1)


def test_a_thread_is_shown_by_what_most_of_its_stories_say(store):
    sport = {"topic": "t:1", "topic_name": "sport", "topic_score": 0.5}
    war = {"topic": "t:2", "topic_name": "war", "topic_score": 0.9}
    file(store, 3, "a", outlet="B", stories=[{"title": "Later headline", "titled": True, "language": "ar",
                                              "key_phrases": ("y", "x"), **sport}])  # fmt: skip
    file(store, 1, "a", outlet="A", stories=[{"title": "First words", "key_phrases": ("x", "z"), **sport}])
    file(store, 2, "a", outlet="B", stories=[{"title": "Headline", "titled": True, "copy_of": f"{dump(3).key}:0",
                                              **war}])  # fmt: skip
    file(store, 9, "b", stories=[{"title": None}])
    frame = store.threads()
    assert list(frame.id) == ["b", "a"]  # the newest first
    row = frame.iloc[1]
    assert (row.title, row.topic, row.topic_name, row.language) == ("Headline", "t:1", "sport", "en")
    assert (row["first"], row["last"], row.stories, row.copies) == (BEGIN + HOUR, BEGIN + 3 * HOUR, 3, 1)
    assert (row.outlets, row.key_phrases) == (("B", "A"), ("x", "z", "y"))
    row = frame.iloc[0]
    assert pd.isna(row.title) and pd.isna(row.topic) and (row.outlets, row.key_phrases) == ((), ())
    assert store.check() == []


def test_of_equals_the_earliest_is_taken(store):
    for n, topic in ((2, "late"), (1, "early"), (0, None)):
        file(store, n, "a", stories=[{"topic": topic, "topic_name": topic, "language": topic or "und"}])
    row = store.threads().iloc[0]
    assert (row.topic, row.language) == ("early", "und")


def test_a_text_that_is_printed_again_has_no_second_vote(store):
    for n, topic in enumerate(("wrong", "wrong", "right", "right", "wrong")):
        copy = f"{dump(0).key}:0" if n in (1, 4) else None
        file(store, n, "a", stories=[{"topic": topic, "topic_name": topic, "copy_of": copy}])
    assert list(store.threads().topic) == ["right"]


def test_a_title_without_headline_is_that_of_the_first_story(store):
    file(store, 2, "a", stories=[{"title": "second"}])
    file(store, 1, "a", stories=[{"title": "first"}])
    assert list(store.threads().title) == ["first"]


def test_threads_are_chosen(store):
    for n in range(5):
        file(store, n * 10, f"t{n}", *(["t0"] * n), stories=[{"topic": f"id{n}", "topic_name": "name"}] + [{}] * n)
    assert list(store.threads(since=BEGIN + 30 * HOUR).id) == ["t0", "t4", "t3"]
    assert list(store.threads(until=BEGIN + 10 * HOUR).id) == ["t0", "t1"]
    assert list(store.threads(since=BEGIN + 5 * HOUR, until=BEGIN + 15 * HOUR).id) == ["t0", "t1"]
    assert list(store.threads(least=2).id) == ["t0"]
    assert list(store.threads(topic="id3").id) == ["t3"] and len(store.threads(topic="name")) == 5
    assert list(store.threads(thread="t2").id) == ["t2"]
    store.merge("t1", "t2")
    assert list(store.threads(thread="t2").id) == ["t1"] and "t2" not in set(store.threads().id)
    with pytest.raises(ValueError, match="until"):
        store.threads(until=BEGIN.replace(tzinfo=None))


def test_stories_are_chosen(store):
    one = file(store, 5, "a", "b", outlet="O", date_given="1 March", stories=[{"topic_score": 0.25}, {}])
    two = file(store, 1, "a")
    frame = store.stories()
    assert list(frame.key) == one + two  # as they were filed
    row = frame.iloc[0]
    assert (row.id, row.story, row.thread, row.date_given, row.outlet, row.source, row.topic_score) == (
        "d5", 0, "a", "1 March", "O", "in.jsonl", 0.25)  # fmt: skip
    assert "text" not in frame and list(store.stories(text=True).text) == ["Some text"] * 3
    assert list(store.stories(thread="a").key) == [one[0], *two]
    assert list(store.stories(since=BEGIN + 2 * HOUR).key) == one and list(store.stories(until=BEGIN).key) == []
    records = list(store.iter_stories(text=True))
    assert [record["key"] for record in records] == one + two
    assert list(records[0]) == list(store.stories(text=True).columns)
    assert records[0]["date"] == BEGIN + 5 * HOUR and records[0]["copy_of"] is None


@pytest.mark.parametrize("method", ["threads", "stories", "operations", "failures"])
def test_columns_and_types_do_not_depend_on_the_rows(store, method):
    empty = getattr(store, method)()
    keys = file(store, 0, "a", "b", "a")
    store.merge("a", "b")
    store.split("a", keys[:1])
    store.fail(dump(1), "bad", "1")
    full = getattr(store, method)()
    assert len(empty) == 0 and len(full) > 0
    kinds = {name: str(kind) for name, kind in full.dtypes.items()}
    assert kinds == {name: str(kind) for name, kind in empty.dtypes.items()}
    usual = {"first": "datetime64[us, UTC]", "date": "datetime64[us, UTC]", "at": "datetime64[us, UTC]",
             "stories": "Int64", "story": "Int64", "title": "string", "language": "category"}  # fmt: skip
    assert all(usual.get(name, kind) == kind for name, kind in kinds.items())
