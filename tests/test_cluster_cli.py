"""``segmenter cluster`` as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from commands import _MODULES, FAKE, ROOT, Fake, errors, local, posix, process, records, write
from stores import content, end, program
from trackers import Model, WordTracker

from segmenter.cli import cluster, main
from segmenter.tracking import Store, StoreError


@pytest.fixture
def words(monkeypatch):
    """Stories are told apart by words, in this process."""
    monkeypatch.setattr(cluster, "make_tracker", lambda args: WordTracker(args.window or 2.0))
    monkeypatch.setattr(cluster, "_embedder", lambda args: Model(args.model or "words"))


@pytest.fixture
def inputs(tmp_path):
    rows = [{"id": "a", "text": "ferry\nelection", "date": "2024-03-01"},
            {"id": "b", "text": "ferry", "outlet": "Daily", "date": "2024-03-02T10:00:00+03:00", "n": 1},
            {"id": "c", "text": "ferry", "date": "x"}]  # fmt: skip
    path = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    os.utime(path, (1_709_337_600, 1_709_337_600))  # 2024-03-02
    return path


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--retry"]])
def test_without_inputs_and_without_a_store_there_is_nothing_to_do(tmp_path, words, capsysbinary, more):
    status, out, err = local(capsysbinary, "cluster", "--store", tmp_path / "s.db", *more)
    assert (status, out) == (2, b"") and "no INPUT is named" in err and not list(tmp_path.iterdir())


def test_a_job_and_what_it_says(inputs, store_url, words, capsysbinary):
    bad = write(inputs.with_name("bad.jsonl"), "nonsense\n" + json.dumps({"text": "CRASH", "date": "2024-03-01"}))
    status, out, err = local(capsysbinary, "cluster", "--store", store_url, inputs, bad)
    lines = err.splitlines()
    assert (status, out, len(lines)) == (1, b"", 4), err
    assert "in.jsonl, line 3: the date 'x' cannot be read; 2024-03-02T00:00:00+00:00 is taken for it" in lines[0]
    assert "bad.jsonl, line 1: not valid JSON" in lines[1]
    assert "bad.jsonl, line 2: could not be filed, RuntimeError: boom" in lines[2]
    assert lines[3].startswith(
        "segmenter: 4 dumps read, 4 new, 1 unreadable, 1 with an unreadable date; 3 filed, 1 failed; "
        "4 stories, 2 opened a thread, 2 joined one, 2 near-copies; ")  # fmt: skip
    assert lines[3].endswith(" stories a minute")
    with Store(store_url) as store:
        assert [(row["id"], row["outlet"]) for row in store.iter_stories()] == [
            ("a", None), ("a", None), ("c", None), ("b", "Daily")]  # fmt: skip
        before = {name: rows for name, rows in content(store).items() if name != "runs"}
    status, _, err = local(capsysbinary, "cluster", "--store", store_url, inputs)
    assert status == 0 and "3 dumps read, 3 known, 1 with an unreadable date; 0 filed; 0 stories; " in err
    with Store(store_url) as store:
        assert {name: rows for name, rows in content(store).items() if name != "runs"} == before
        assert store.check() == []


def test_the_log_in_json(inputs, tmp_path, words, capsysbinary):
    write(inputs.with_name("z.jsonl"), 'nonsense \n{"text": "CRASH", "id": "\\u0000قديم"}\n'
                                       '{"text": "boat", "date": "2024-03-01"}\n'
                                       '{"text": "ferry boat", "date": "2024-03-01T12:00"}\n')  # fmt: skip
    status, out, err = local(capsysbinary, "cluster", "--store", tmp_path / "s.db", "--log", "json", inputs.parent)
    found = [json.loads(line, parse_constant=pytest.fail) for line in err.splitlines()]
    assert (status, out) == (1, b"") and err.isascii()
    assert [one["event"] for one in found] == ["start", "undated", "failure", "dump", "dump", "merge", "dump", "dump",
                                               "dump", "failure", "summary"]  # fmt: skip
    assert all(one["time"].endswith("+00:00") for one in found)
    named = {one["event"]: one for one in found}
    assert named["start"].keys() >= {"store", "version", "window"} and named["start"]["window"] == 2.0
    assert named["merge"].keys() >= {"keep", "other", "reason", "id", "key"}
    assert named["dump"].keys() >= {"id", "key", "date", "stories", "opened", "copies", "merges", "seconds"}
    assert named["failure"]["id"] == "\0قديم" and found[2]["place"] == "line 1" and "id" not in found[2]
    last = named["summary"]
    assert (last["status"], last["filed"], last["failed"], last["unreadable"], last["merges"]) == ("done", 5, 1, 1, 1)
    assert set(last["seconds"]) == {"total", "reading", "splitting", "tracking", "storing"}


def test_a_dry_run_writes_nothing(inputs, tmp_path, words, capsysbinary):
    path = tmp_path / "s.db"
    status, _, err = local(capsysbinary, "cluster", "--store", path, "--dry-run", inputs, inputs, tmp_path / "none.txt")
    assert status == 1 and not path.exists() and "none.txt: there is no such file" in err
    assert "nothing was written: 6 dumps read, 3 new, 3 repeated, 1 unreadable, 2 with an unreadable date" in err
    assert local(capsysbinary, "cluster", "--store", path, inputs)[0] == 0
    with Store(path) as store:
        before = content(store)
    write(inputs, inputs.read_text() + '{"text": "new"}\n{"text": \n')
    status, _, err = local(capsysbinary, "cluster", "--store", path, "--dry-run", "--log", "json", inputs)
    last = json.loads(err.splitlines()[-1])
    assert status == 1 and (last["read"], last["new"], last["known"], last["unreadable"]) == (4, 1, 3, 1)
    with Store(path) as store:
        assert content(store) == before


def test_options(inputs, tmp_path, monkeypatch, capsysbinary):
    made, trackers = [], []

    def factory(**options):
        made.append(options)
        return Fake(model=None, topics=options.get("topics", True))

    def tracker(args):
        trackers.append(real(args))
        return WordTracker(trackers[-1].window)

    real = cluster.make_tracker
    monkeypatch.setattr(cluster, "make_tracker", tracker)
    monkeypatch.setattr(cluster, "_embedder", lambda args: Model(args.model or "words"))
    write(inputs, '{"body": "ferry", "paper": "Daily"}\n')
    args = ["cluster", str(inputs), "--store", str(tmp_path / "s.db"), "--window", "3.5", "--threshold", ".7",
            "--min-chars", "5", "--no-topics", "--date", "2020-01-01", "--outlet-column", "paper",
            "--text-column", "body"]  # fmt: skip
    assert main(args, segmenter_factory=factory) == 0
    assert made == [{"model": None, "threshold": 0.7, "min_chars": 5, "max_chars": None, "topics": False}]
    assert {one.window for one in trackers} == {3.5}
    with Store(tmp_path / "s.db") as store:
        [row] = store.iter_stories()
    assert (row["outlet"], row["date"].year) == ("Daily", 2020)


@pytest.mark.parametrize("args", [
    ["--window", "0"], ["--window", "nan"], ["--window", "1e300"], ["--wait", "-1"], ["--date", "soon"], ["-", "-"],
    ["--threshold", "2"], ["--log", "xml"], ["--encoding", "klingon", "x.txt"], ["--store", "mysql://h/d"],
    ["--store", "nowhere/at/all/s.db"], ["--store", "."], ["--model", "no/such/folder"], ["--topics", "none.csv"],
    ["--min-chars", "5", "--max-chars", "3"],
])  # fmt: skip
def test_wrong_usage(tmp_path, monkeypatch, capsysbinary, args):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    status, out, err = local(capsysbinary, "cluster", *args)
    assert (status, out) == (2, b"") and err.splitlines()[-1].startswith("segmenter")
    assert [path.name for path in tmp_path.iterdir() if path.name != "stories.db"] == []


def test_hostile_records(tmp_path, store_url, words, capsysbinary):
    long = "x" * 3_000_000
    rows = [{"id": "\0\x10\u202e", "text": "one\0", "outlet": "\0"}, {"id": long, "text": "two", "outlet": long[:9999]},
            {"id": "\ud800", "text": "three"}, {"id": "d", "text": "\udfff"}, {"id": ["d"], "text": "four"},
            {"id": 5, "text": "five", "date": 1_709_337_600, "outlet": {"name": "x"}, "\0": ["\0"]},
            {"id": "e", "text": "six", "date": "2024-03-01T00:00:00\0"}, {"id": "f", "text": ""},
            {"id": "g", "text": "seven", "date": "9999-12-31"},
            {"id": "'; DROP TABLE dumps; --", "text": "eight"}]  # fmt: skip
    path = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows) + "[" * 100_000 + "\n")
    status, _, err = local(capsysbinary, "cluster", "--store", store_url, path, tmp_path, "--date", "2024-01-01")
    assert status == 1 and "14 dumps read, 7 new, 7 repeated, 8 unreadable, 2 with an unreadable date; 7 filed" in err
    shown = records(local(capsysbinary, "threads", "--store", store_url, "--format", "jsonl")[1])
    assert [one["id"] for one in shown] == [one["id"] for one in sorted(shown, key=lambda one: one["date"])]
    assert {one["id"] for one in shown} == {"\0\x10\u202e", long, "5", "e", "g", "'; DROP TABLE dumps; --"}
    assert {one["outlet"] for one in shown} == {None, "\0", long[:9999]}
    with Store(store_url) as store:
        assert store.check() == [] and len(store.failures()) == 4  # the same in both files count once


def test_another_model_is_refused(inputs, tmp_path, words, capsysbinary):
    args = ["cluster", "--store", tmp_path / "s.db", inputs]
    assert local(capsysbinary, *args)[0] == 0
    write(inputs, '{"text": "new"}\n')
    status, _, err = local(capsysbinary, *args, "--model", "other")
    assert status == 2 and "cannot be compared" in err
    assert local(capsysbinary, *args)[0] == 0


def test_retry(tmp_path, words, monkeypatch, capsysbinary):
    path, args = write(tmp_path / "a.jsonl", '{"text": "CRASH"}\n'), ["cluster", "--store", tmp_path / "s.db"]
    assert [local(capsysbinary, *args, path)[0], local(capsysbinary, *args, path)[0]] == [1, 0]
    status, _, err = local(capsysbinary, *args, "--retry")
    assert status == 1 and "1 had been waiting, 0 filed, 1 failed" in err
    split = Fake.split
    monkeypatch.setattr(Fake, "split", lambda self, text, **about: split(self, text.lower(), **about))
    assert local(capsysbinary, *args, "--retry")[0] == 0


def test_a_store_that_fails_on_the_way(inputs, tmp_path, words, monkeypatch, capsysbinary):
    def full(self, dump, **about):
        raise StoreError("s.db: the disk is full (make room and run again)")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "file", full)
        status, _, err = local(capsysbinary, "cluster", "--store", tmp_path / "s.db", inputs)
    assert status == 1 and "3 new" in err and err.splitlines()[-1] == (
        "segmenter: s.db: the disk is full (make room and run again)")  # fmt: skip
    assert local(capsysbinary, "cluster", "--store", tmp_path / "s.db")[0] == 0
    with Store(tmp_path / "s.db") as store:
        assert len(store.stories()) == 4


def test_one_job_at_a_time(inputs, store_url, words, capsysbinary):
    with Store(store_url) as held, held.lock():
        begun = time.monotonic()
        status, _, err = local(capsysbinary, "cluster", "--store", store_url, inputs)
        assert status == 75 and "another job is working on this store" in err
        status, _, err = local(capsysbinary, "cluster", "--store", store_url, inputs, "--wait", "0.3", "--log", "json")
        assert status == 75 and [json.loads(line)["event"] for line in err.splitlines()] == ["error"]
        assert 0.25 < time.monotonic() - begun < 20
        assert held.pending_count() == 0
    assert local(capsysbinary, "cluster", "--store", store_url, inputs)[0] == 0


_WORKING = FAKE + """
import sys
sys.path.insert(0, "tests")
from trackers import Model, WordTracker
from segmenter.cli import cluster, main
cluster.make_tracker, cluster._embedder = lambda args: WordTracker(), lambda args: Model()
sys.exit(main(sys.argv[1:], segmenter_factory=Fake))
"""


def test_jobs_that_wait_for_each_other(tmp_path, store_url):
    rows = [{"text": f"w{n % 7}", "id": str(n), "date": f"2024-03-{n % 20 + 1:02}"} for n in range(60)]
    path = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    for job in [program(_WORKING, "cluster", "--store", store_url, "--wait", "60", str(path)) for _ in range(2)]:
        end(job)
    with Store(store_url) as store:
        assert len(store.stories()) == 60 and store.check() == [] and store.pending_count() == 0
        assert sorted(row["counts"]["filed"] for row in content(store)["runs"]) == [0, 60]


@posix
@pytest.mark.parametrize(("word", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_signals_leave_a_store_to_go_on_with(tmp_path, word, status):
    rows = [{"text": "ferry", "date": "2024-03-01"}, {"text": word, "date": "2024-03-02"}]
    path = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    args = [sys.executable, "-c", _WORKING, "cluster", "--store", tmp_path / "s.db", path, "--log", "json"]
    done = subprocess.run(args, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    events = records(done.stderr)
    assert done.returncode == status and [one["event"] for one in events] == ["start", "dump", "summary"]
    assert events[-1]["status"] == "stopped" and events[-1]["filed"] == 1
    again = subprocess.run(args[:-2], capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
                           check=False)  # fmt: skip
    assert again.returncode == status
    assert again.stderr.decode().startswith("segmenter: stopped, run again to go on: 2 dumps read, 2 known; 1 had been")
    with Store(tmp_path / "s.db") as store:
        assert store.check() == [] and store.pending_count() == 1
        assert [row["status"] for row in content(store)["runs"]] == ["stopped", "stopped"]
        with store.lock():
            pass


def test_with_the_real_segmenter_and_tracker(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(ROOT)
    store = f"sqlite:///{tmp_path / 's.db'}"
    done = process("cluster", "--store", store, "data/dumps", program="real")
    [line] = errors(done)
    assert (done.returncode, done.stdout) == (0, b"") and "11 dumps read, 11 new; 11 filed; 29 stories" in line
    _, shown, _ = local(capsysbinary, "threads", "--store", store, "--format", "jsonl")
    assert main(["cluster", "--store", store, "data/dumps"]) == 0
    assert "11 known; 0 filed" in capsysbinary.readouterr().err.decode()
    assert local(capsysbinary, "threads", "--store", store, "--format", "jsonl") == (0, shown, "")
    found = records(shown)
    assert len(found) == 29 and {one["id"] for one in found} >= {"ar-five", "mixed-four"}
    assert all(one["length"] > 0 and one["thread"] for one in found)


def test_nothing_heavy_is_loaded_for_a_job(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "a"}\n')
    source = _WORKING.replace("sys.exit(main(sys.argv[1:], segmenter_factory=Fake))",
                              "main(sys.argv[1:], segmenter_factory=Fake)" + _MODULES)  # fmt: skip
    job = program(source, "cluster", "--store", str(tmp_path / "s.db"), str(path))
    assert end(job).splitlines()[-1] == "heavy: []"
