"""Dumps into the store and out of it, on both databases."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import BEGIN, content, dump, end, file, program, story

from segmenter.errors import InputError
from segmenter.tracking import PendingDump, Store, UnknownThread

HOUR = timedelta(hours=1)
UGLY = ["\0", "\x10", "\x100\0", "a\x00b\x10\x101", "قالت\u0300", "\U0001f600", "", "\ufeff\u202e", "'; --\\", "\r\n"]


# --- inbox ---------------------------------------------------------------------------------------------------------


def test_what_is_staged_comes_back_in_order_of_date_and_key(store):
    given = [dump(n, date=BEGIN + HOUR * (n % 3), outlet="x" if n % 2 else None, date_given="March",
                  meta={"b": [1, None], "a": 2**70}) for n in range(120)]  # fmt: skip
    assert store.stage(iter(given)) == (120, 0)
    assert store.pending_count() == 120
    found = list(store.pending())
    assert found == sorted(given, key=lambda one: (one.date, one.key))
    assert list(found[0].meta) == ["b", "a"] and found[0].date.tzinfo is UTC


def test_staging_counts_what_is_known_and_each_dump_once(store):
    store.stage([dump(1)])
    file(store, 2, "t")
    store.fail(dump(3), "bad", "1")
    before = content(store)
    assert store.stage([dump(n) for n in (1, 2, 3)] * 2) == (0, 3)
    assert content(store) == before
    assert store.stage([dump(n) for n in range(900)] * 2) == (897, 3)  # over several transactions
    assert store.stage([]) == (0, 0)


def test_long_texts_are_staged_in_small_transactions(store):
    assert store.stage(dump(n, text="x" * 1_500_000) for n in range(4)) == (4, 0)
    assert [len(one.text) for one in store.pending()] == [1_500_000] * 4


def test_pending_goes_on_while_dumps_are_filed_and_staged(store):
    store.stage(dump(n) for n in range(130))
    seen = []
    for one in store.pending():
        if not seen:
            store.stage([dump(1000), dump(-5)])
        seen.append(one.id)
        store.file(one, length=1, language="en", version="1", stories=[])
    assert seen == [*(f"d{n}" for n in range(130)), "d1000"]
    assert [one.id for one in store.pending()] == ["d-5"]


@pytest.mark.parametrize("text", UGLY)
def test_any_text_comes_back_to_the_code_point(store, text):
    one = dump(0, text=text, id=text, outlet=text, date_given=text, source=text, place=text, meta={text: [text]})
    store.stage([one])
    assert list(store.pending()) == [one]
    kept = story(one, 0, "t" + text, title=text, text=text, language=text, topic=text, topic_name=text,
                 key_phrases=(text, text))  # fmt: skip
    store.file(one, length=len(text), language=text, version=text, stories=[kept])
    [found] = store.iter_stories(text=True)
    assert (found["id"], found["title"], found["text"], found["key_phrases"]) == (text, text, text, (text, text))
    assert [live.thread for live in store.live(BEGIN, BEGIN)] == ["t" + text] == [store.resolve("t" + text)]
    assert list(store.threads(topic=text).title) == [text]
    store.fail(dump(1, text=text), text, "1")
    assert store.retry() == 1 and [one.text for one in store.pending()] == [text]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("\0\x1001")), min_size=1, max_size=5))
def test_no_two_texts_are_kept_as_the_same(store, texts):
    given = [dump(n, text=text) for n, text in enumerate(texts)]
    store.stage(given)
    for one in list(store.pending()):
        if one in given:
            given.remove(one)
        store.file(one, length=0, language="", version="", stories=[])
    known = {row["key"] for row in content(store)["dumps"]}
    assert all(one.key in known for one in given)


def test_dates_are_moments_whatever_their_zone(store):
    zone = timezone(timedelta(hours=3))
    dates = [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=zone),
             datetime(2024, 10, 27, 2, 30, 0, 123456, zone), datetime.max.replace(tzinfo=UTC)]  # fmt: skip
    store.stage(dump(n, date=date) for n, date in enumerate(dates))
    assert [one.date for one in store.pending()] == dates
    assert all(one.date.tzinfo is UTC for one in store.pending())
    for n, one in enumerate(store.pending()):
        store.file(one, length=1, language="en", version="1", stories=[story(one, 0, f"t{n}")])
    assert [one.date for one in store.live(dates[0], dates[-1])] == dates
    assert [one.date for one in store.live(dates[1].astimezone(UTC), dates[2])] == dates[1:3]
    assert list(store.threads().last.dt.year) == [9999, 2024, 1969, 1]
    assert store.check() == []


@pytest.mark.parametrize("date", [datetime(2024, 1, 1), datetime(1, 1, 1, tzinfo=timezone(HOUR))])
def test_dates_that_are_no_moment_are_refused(date):
    with pytest.raises(ValueError, match=r"d0: date .* (has no time zone|lies outside)"):
        dump(0, date=date)


# --- filing --------------------------------------------------------------------------------------------------------


def test_a_dump_is_filed_with_its_stories_and_threads(store):
    one = dump(0, outlet="Daily", date_given="1 March")
    store.stage([one])
    given = [story(one, 0, "a", titled=True, topic="t:1", topic_name="sport", topic_score=0.5, key_phrases=("x", "y"),
                   start=3), story(one, 1, "b", copy_of=f"{one.key}:0"), story(one, 2, "a", title=None)]  # fmt: skip
    assert store.file(one, length=10, language="en", version="9", stories=given) == (("a", "b"), ())
    assert store.pending_count() == 0 and store.check() == []
    found = content(store)
    assert [(row["id"], row["stories"], row["first"], row["last"]) for row in found["threads"]] == [
        ("a", 2, BEGIN, BEGIN), ("b", 1, BEGIN, BEGIN)]  # fmt: skip
    for number, (row, kept) in enumerate(zip(found["stories"], given, strict=True), 1):
        row["key_phrases"] = tuple(row["key_phrases"])
        assert row.pop("filed") == number
        assert row == {name: getattr(kept, name) for name in row}
    [row] = found["dumps"]
    assert (row["status"], row["length"], row["version"], row["text"]) == ("filed", 10, "9", None)


def test_a_dump_filed_again_changes_nothing(store):
    store.stage([dump(0)])
    file(store, 0, "a")
    before = content(store)
    again = [story(dump(0), 0, "z"), story(dump(0), 1, "z")]
    assert store.file(dump(0), length=1, language="en", version="2", stories=again) is None
    store.fail(dump(0), "late", "2")
    assert content(store) == before


def test_threads_grow_at_both_ends(store):
    for n in (5, 9, 2):
        file(store, n, "a", "a")
    [row] = content(store)["threads"]
    assert (row["first"], row["last"], row["stories"]) == (BEGIN + 2 * HOUR, BEGIN + 9 * HOUR, 6)
    assert store.check() == []


def test_all_or_nothing_where_a_story_cannot_be_filed(store):
    store.stage([dump(0)])
    before = content(store)
    twice = [story(dump(0), 0, "a"), story(dump(0), 0, "b")]
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        store.file(dump(0), length=1, language="en", version="1", stories=twice)
    with pytest.raises(ValueError, match="is not of dump"):
        store.file(dump(0), length=1, language="en", version="1", stories=[story(dump(1), 0, "a")])
    assert content(store) == before
    file(store, 0, "a")
    assert [row["filed"] for row in content(store)["stories"]] == [1]  # no gap where a transaction was undone


def test_a_story_has_the_key_of_its_dump_and_number():
    with pytest.raises(ValueError, match="has the key"):
        story(dump(0), 0, "a", key="x")


def test_failed_dumps_keep_their_text_and_can_be_tried_again(store):
    given = [dump(n, meta={"n": n}, outlet="o", date_given="g") for n in range(3)]
    store.stage(given)
    for one in given[:2]:
        store.fail(one, "no words", "1")
    assert [one.id for one in store.pending()] == ["d2"]
    assert list(store.failures()["id"]) == ["d0", "d1"] and list(store.failures().reason) == ["no words"] * 2
    assert store.check() == []
    assert store.retry() == 2 and store.retry() == 0
    assert list(store.pending()) == given
    store.fail(given[0], "again", "2")
    file(store, 0, "a", meta={"n": 0})  # filed although it had failed, without a retry
    assert store.failures().empty and store.check() == []


def test_inputs_that_cannot_be_read_are_noted_once(store):
    error = InputError("a\udcff.txt", "offset 3", "no UTF-8: \0", "name the encoding")
    assert store.record_failure(error) is True
    assert store.record_failure(InputError("a\udcff.txt", "offset 3", "no UTF-8: \0", "another word")) is False
    assert store.record_failure(InputError("b.txt", "offset 3", "no UTF-8: \0")) is True
    frame = store.failures()
    assert list(frame.source) == ["a\\udcff.txt", "b.txt"] and list(frame.remedy) == ["name the encoding", ""]


def test_runs_are_numbered(store):
    assert [store.start_run("1"), store.start_run("2")] == [1, 2]
    store.finish_run(1, {"new": 3}, "done")
    rows = content(store)["runs"]
    assert [(row["version"], row["counts"], row["status"]) for row in rows] == [("1", {"new": 3}, "done"),
                                                                              ("2", None, None)]  # fmt: skip


# --- live ----------------------------------------------------------------------------------------------------------


def test_live_is_a_stretch_of_time_in_filing_order(store):
    for n in (7, 3, 5, 1, 9):
        file(store, n, f"t{n}", outlet="o", stories=[{"topic": "t:1", "copy_of": "x"}])
    found = list(store.live(BEGIN + 3 * HOUR, BEGIN + 7 * HOUR))
    assert [one.thread for one in found] == ["t7", "t3", "t5"]
    assert (found[0].key, found[0].date, found[0].outlet, found[0].topic, found[0].title, found[0].copy_of) == (
        f"{dump(7).key}:0", BEGIN + 7 * HOUR, "o", "t:1", "A title", "x")  # fmt: skip
    kept = story(dump(7), 0, "t7")
    assert (found[0].embedding, found[0].words, found[0].shingles) == (kept.embedding, kept.words, kept.shingles)
    later = store.live(BEGIN, BEGIN + 7 * HOUR, after=BEGIN + 3 * HOUR)
    assert [one.thread for one in later] == ["t7", "t5"]
    assert list(store.live(BEGIN + 20 * HOUR, BEGIN + 30 * HOUR)) == []
    with pytest.raises(ValueError, match=r"since .* has no time zone"):
        list(store.live(datetime(2024, 1, 1), BEGIN))


def test_many_stories_come_in_pages_while_others_are_filed(store):
    file(store, 0, *(f"t{n}" for n in range(1203)))
    seen = []
    for n, one in enumerate(store.live(BEGIN, BEGIN)):
        seen.append(one.thread)
        if n % 500 == 0:
            file(store, n + 1, "late", date=BEGIN)
    assert seen == [f"t{n}" for n in range(1203)]


def test_resolve_knows_only_threads_that_were(store):
    file(store, 0, "a")
    assert store.resolve("a") == "a"
    with pytest.raises(UnknownThread, match=r"^thread 'b': there is no such thread") as caught:
        store.resolve("b")
    assert isinstance(caught.value, KeyError) and isinstance(caught.value, ValueError)


# --- several processes -----------------------------------------------------------------------------------------------

_FILING = """
import sys
from stores import dump, story
from segmenter.tracking import Store
with Store(sys.argv[1]) as store:
    print("begun", flush=True)
    store.stage(dump(n) for n in range(int(sys.argv[2])))
    for one in store.pending():
        store.file(one, length=1, language="en", version="1",
                   stories=[story(one, 0, "one"), story(one, 1, one.id)])
"""


def test_two_processes_at_once_file_each_dump_once(store_url):
    for process in [program(_FILING, store_url, "60") for _ in range(3)]:  # the store is made by one of them
        end(process)
    with Store(store_url) as store:
        assert store.pending_count() == 0 and store.check() == []
        assert len(store.stories()) == 120
        assert store.threads(thread="one").stories.item() == 60


def test_killed_at_any_moment_each_dump_is_whole_or_waits(store_url, tmp_path):
    chance = random.Random(5)
    with Store(store_url) as store:
        interrupted = 0
        for _ in range(8):
            process = program(_FILING, store_url, "600")
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            process.kill()
            process.communicate()
            assert store.check() == []
            interrupted += store.pending_count() > 0
        assert interrupted >= 2
        end(program(_FILING, store_url, "600"))
        assert store.check() == []
        with Store(tmp_path / "calm.db") as calm:
            calm.stage(dump(n) for n in range(600))
            for one in calm.pending():
                calm.file(one, length=1, language="en", version="1",
                          stories=[story(one, 0, "one"), story(one, 1, one.id)])  # fmt: skip
            assert content(store) == content(calm)


def test_records_are_values():
    assert PendingDump(**{name: getattr(dump(1), name) for name in PendingDump.__dataclass_fields__}) == dump(1)
    assert hash(dump(1)) == hash(dump(1)) and hash(story(dump(1), 0, "a")) == hash(story(dump(1), 0, "a"))
