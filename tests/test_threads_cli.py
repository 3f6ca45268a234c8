"""``segmenter threads`` and ``segmenter store``, as a shell sees them."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from commands import local, posix, process, records
from stores import BEGIN, dump, file, tamper

from segmenter.cli.common import moment
from segmenter.errors import InputError
from segmenter.tracking import Store


@pytest.fixture
def url(store_url):
    """Three threads: a of three stories, b of two, c of one, a day apart; one merge and two failures."""
    with Store(store_url) as store:
        file(store, 0, "a", "b", outlet="Daily", stories=[{"topic": "t:1", "topic_name": "sport"}, {"title": None}])
        file(store, 24, "a", date_given="March 2")
        file(store, 48, "a0", "b", stories=[{"title": "<b>\u202eعاجل\0"}, {"copy_of": f"{dump(0).key}:1"}])
        file(store, 72, "c")
        store.merge("a", "a0", reason="one story")
        store.fail(dump(99), "no words", "1")
        store.record_failure(InputError("x.txt", "offset 3", "no UTF-8", "name the encoding"))
    return store_url


def rows(capsysbinary, *args) -> list[dict]:
    status, out, err = local(capsysbinary, "threads", *args, "--format", "jsonl")
    assert (status, err) == (0, "")
    return records(out)


def test_jsonl_is_one_object_a_story_in_filing_order(url, capsysbinary):
    found = rows(capsysbinary, "--store", url)
    assert [(one["id"], one["story"], one["thread"]) for one in found] == [
        ("d0", 0, "a"), ("d0", 1, "b"), ("d24", 0, "a"), ("d48", 0, "a"), ("d48", 1, "b"), ("d72", 0, "c")]  # fmt: skip
    first = found[0]
    assert list(first)[:7] == ["id", "story", "length", "thread", "title", "topic", "date"]
    assert (first["length"], first["title"], first["topic"], first["date"]) == (
        9, "A title", "t:1", "2024-03-01T00:00:00+00:00")  # fmt: skip
    assert first["key"] == f"{dump(0).key}:0" and first["outlet"] == "Daily" and "text" not in first
    assert found[1]["title"] is None and found[2]["date_given"] == "March 2"
    assert found[3]["title"] == "<b>\u202eعاجل\0"


@pytest.mark.parametrize(("args", "found"), [
    (["--since", "2024-03-02"], "d24 d48 d48 d72"), (["--until", "2024-03-02"], "d0 d0 d24"),
    (["--since", "2024-03-02T01:00+01:00", "--until", "2024-03-03"], "d24 d48 d48"),
    (["--thread", "a"], "d0 d24 d48"), (["--thread", "a0"], "d0 d24 d48"), (["--topic", "sport"], "d0 d24 d48"),
    (["--least", "2"], "d0 d0 d24 d48 d48"), (["--least", "3"], "d0 d24 d48"), (["--topic", "t:9"], ""),
    (["--since", "1h"], ""), (["--since", "5000w"], "d0 d0 d24 d48 d48 d72"),
])  # fmt: skip
def test_which_stories(url, capsysbinary, args, found):
    assert [one["id"] for one in rows(capsysbinary, "--store", url, *args)] == found.split()


def table(capsysbinary, *args) -> list[str]:
    status, out, err = local(capsysbinary, "threads", *args)
    assert (status, err) == (0, "")
    return [line.split()[0] for line in out.decode().splitlines()]


def test_text_is_a_table_of_threads(url, capsysbinary):
    assert table(capsysbinary, "--store", url) == ["id", "c", "a", "b"]
    assert table(capsysbinary, "--store", url, "--limit", "1") == ["id", "c", "..."]
    assert table(capsysbinary, "--store", url, "--least", "2", "--limit", "9") == ["id", "a", "b"]
    assert table(capsysbinary, "--store", url, "--until", "2024-03-03") == ["id", "a", "b"]
    assert table(capsysbinary, "--store", url, "--thread", "a0") == ["id", "a"]
    assert table(capsysbinary, "--store", url, "--topic", "t:1", "--format", "text") == ["id", "a"]


def test_html_is_one_page(url, tmp_path, capsysbinary):
    target = tmp_path / "threads.html"
    assert local(capsysbinary, "threads", "--store", url, "--since", "2024-03-03", "-o", target) == (0, b"", "")
    page = target.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert set(re.findall(r'id="t-(\w+)"', page)) == {"a", "b", "c"} and "&lt;b&gt;" in page
    assert page.count("2024-03-01 00:00</time>") >= 1  # a thread is shown whole, whatever --since
    status, out, _ = local(capsysbinary, "threads", "--store", url, "--format", "html", "--limit", "1")
    assert status == 0 and b"older threads not shown" in out
    status, out, _ = local(capsysbinary, "threads", "--store", url, "--format", "html", "--topic", "none")
    assert status == 0 and b"There are no threads." in out
    assert local(capsysbinary, "threads", "--store", url, "-o", tmp_path / "x.ndjson")[0] == 0
    assert len(records((tmp_path / "x.ndjson").read_bytes())) == 6


@pytest.mark.parametrize("args", [
    ["--since", "soon"], ["--since", "3/4/2024"], ["--since", "2024-03-02", "--until", "2024-03-01"],
    ["--thread", "zzz"], ["--least", "0"], ["--limit", "0"], ["--limit", "3", "--format", "jsonl"], ["--format", "csv"],
    ["-o", "nowhere/at/all.html"], ["-o", "nowhere.csv"],
])  # fmt: skip
def test_wrong_usage(tmp_path, capsysbinary, args):
    with Store(tmp_path / "s.db") as store:
        file(store, 0, "a")
    status, out, err = local(capsysbinary, "threads", "--store", tmp_path / "s.db", *args)
    assert (status, out) == (2, b"") and err.splitlines()[-1].startswith("segmenter")


@pytest.mark.parametrize("args", [["threads"], ["store", "check"], ["store", "backup", "b.db"], ["store", "failures"],
                                  ["store", "merge", "a", "b"]])  # fmt: skip
def test_there_is_no_store(tmp_path, monkeypatch, capsysbinary, args):
    monkeypatch.chdir(tmp_path)
    status, out, err = local(capsysbinary, *args)
    assert (status, out, list(tmp_path.iterdir())) == (2, b"", [])
    assert err == "segmenter: stories.db: there is no such store (check the path; `segmenter cluster` makes one)\n"


def test_how_long_ago():
    for given, hours in (("24h", 24), ("7d", 168), ("2w", 336), ("1.5D", 36)):
        assert abs(datetime.now(UTC) - timedelta(hours=hours) - moment(given)) < timedelta(minutes=1)
    with pytest.raises(Exception, match="no date"):
        moment("99999999w")


@posix
def test_reader_that_goes_away_is_no_error(tmp_path):
    with Store(tmp_path / "s.db") as store:
        file(store, 0, *["a"] * 200)
    reading, writing = os.pipe()
    os.close(reading)
    done = process("threads", "--store", tmp_path / "s.db", "--format", "jsonl", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


# --- store -----------------------------------------------------------------------------------------------------------


def test_check(url, capsysbinary):
    from sqlalchemy import update

    from segmenter.tracking.schema import threads

    status, out, err = local(capsysbinary, "store", "check", "--store", url)
    assert (status, err) == (0, "") and out.endswith(b": all is well\n")
    with Store(url) as store:
        tamper(store, update(threads).where(threads.c.id == "b").values(stories=9))
    status, out, err = local(capsysbinary, "store", "check", "--store", url)
    assert (status, err) == (1, "") and b"thread b: its number of stories" in out


def test_backup(url, tmp_path, capsysbinary):
    copy = tmp_path / "copy.db"
    assert local(capsysbinary, "store", "backup", copy, "--store", url) == (0, b"", "")
    assert rows(capsysbinary, "--store", copy) == rows(capsysbinary, "--store", url)
    status, _, err = local(capsysbinary, "store", "backup", copy, "--store", url)
    assert status == 2 and "there is such a file already" in err


def test_merge_and_split(url, capsysbinary):
    keys = [one["key"] for one in rows(capsysbinary, "--store", url, "--thread", "b")]
    assert local(capsysbinary, "store", "merge", "c", "b", "--store", url, "--reason", "why not") == (0, b"c\n", "")
    status, out, _ = local(capsysbinary, "store", "split", "b", *keys, "--store", url)
    new = out.decode().strip()
    assert status == 0 and {one["thread"] for one in rows(capsysbinary, "--store", url, "--thread", new)} == {new}
    status, out, _ = local(capsysbinary, "store", "operations", "--store", url)
    lines = [line.split("  ", 2)[2] for line in out.decode().splitlines()]
    assert lines == ["merge a0 into a, 1 story: one story", "merge b into c, 2 stories: why not",
                     f"split c into {new}, 2 stories"]  # fmt: skip
    found = records(local(capsysbinary, "store", "operations", "--store", url, "--format", "jsonl")[1])
    assert found[1]["payload"] == {"keep": "c", "other": "b", "stories": keys} and found[2]["kind"] == "split"
    for args in (["merge", "a", "zzz"], ["split", "a", "zzz"], ["split", "zzz", keys[0]]):
        status, out, err = local(capsysbinary, "store", *args, "--store", url)
        assert (status, out) == (2, b"") and "zzz" in err


def test_failures(url, capsysbinary):
    status, out, _ = local(capsysbinary, "store", "failures", "--store", url)
    lines = [line.split("  ", 1)[1] for line in out.decode().splitlines()]
    assert (status, lines) == (0, ["in.jsonl, line 99: no words", "x.txt, offset 3: no UTF-8 (name the encoding)"])
    found = records(local(capsysbinary, "store", "failures", "--store", url, "-f", "jsonl")[1])
    assert [(one["id"], one["remedy"]) for one in found] == [("d99", None), (None, "name the encoding")]


def test_dates_of_every_year_are_shown(tmp_path, capsysbinary):
    with Store(tmp_path / "s.db") as store:
        for n, date in enumerate((datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC), BEGIN)):
            file(store, n, f"t{n}", date=date)
    for format in ("text", "html", "jsonl"):
        status, out, err = local(capsysbinary, "threads", "--store", tmp_path / "s.db", "--format", format)
        assert (status, err) == (0, "") and b"9999-12-31" in out
        assert format == "html" or b"0001-01-01" in out
    assert json.loads(out.splitlines()[0])["date"] == "0001-01-01T00:00:00+00:00"


@pytest.mark.parametrize("command", [["cluster"], ["threads"], ["store"], *(["store", act] for act in (
    "check", "backup", "merge", "split", "operations", "failures"))])  # fmt: skip
def test_help(command, capsysbinary):
    status, out, _ = local(capsysbinary, *command, "--help")
    assert status == 0 and max(map(len, out.decode().splitlines())) <= 120
    if len(command) == 1:
        assert b"examples:" in out and b"exit status:" in out and b"postgresql://" in out
    assert local(capsysbinary, *command, "--no-such-option")[0] == 2
