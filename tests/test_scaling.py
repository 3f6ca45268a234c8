"""The measurement of scaling: what it runs on, what it counts, and that its figures are those of what ran."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from commands import ROOT

from segmenter.errors import InputError, SegmenterError
from segmenter.evaluation import scaling
from segmenter.evaluation.memory import Family
from segmenter.evaluation.scaling import main, many_dumps, one_text, usage
from segmenter.evaluation.scaling_dumps import Dumps, units_of
from segmenter.evaluation.scaling_runs import RUNS, peers_run
from segmenter.evaluation.shares import PARTS, REST, part_of, shares

STORIES = ROOT / "data/stories.jsonl"
PACKAGE = ROOT / "segmenter"
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of other processes is told by /proc")


@pytest.fixture(scope="module")
def dumps() -> Dumps:
    return Dumps(STORIES)


def number(cell: str) -> float:
    return float(cell.replace(",", "").rstrip("%"))


def test_dumps_are_the_same_each_time_and_have_new_words(dumps: Dumps) -> None:
    made = [dumps.dump(n) for n in range(60)]
    assert made[:3] == [Dumps(STORIES).dump(n) for n in range(3)] and len({dump.text for dump in made}) == 60
    assert 3_000 < sum(len(dump.text.encode()) for dump in made) / 60 < 7_000
    known = set(re.findall(r"\w+", STORIES.read_text(encoding="utf-8")))
    for dump in made:
        assert all(unit == unit.strip() and unit for unit in units_of(dump))
    later = [set(re.findall(r"\w{5,}", dump.text)) - known for dump in made[30:]]
    earlier = set().union(*(re.findall(r"\w{5,}", dump.text) for dump in made[:30]))
    assert sum(len(words - earlier) for words in later) > 150
    assert {re.search("[\u0620-\u064a]", Dumps(STORIES, "en").dump(n).text) for n in range(5)} == {None}


def test_a_text_has_the_lines_asked_for(dumps: Dumps) -> None:
    text = dumps.text(100)
    assert text.count("\n") == 99 and text.startswith(units_of(dumps.dump(0))[0])
    assert dumps.text(150).startswith(text)


def test_what_is_no_file_of_stories_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Dumps(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"text": "no language"}\n')
    with pytest.raises(InputError, match=r"line 1: no story .KeyError"):
        Dumps(tmp_path / "bad.jsonl")
    with pytest.raises(InputError, match="holds no story in xx"):
        Dumps(STORIES, "xx")


def test_many_dumps_come_out_the_same_from_two_processes(dumps: Dumps, tmp_path: Path) -> None:
    rows = list(many_dumps(dumps, [10], [1, 2], tmp_path))
    assert [row[:1] + row[2:4] for row in rows] == [["10", topics, jobs] for topics in ("yes", "no") for jobs in "12"]
    assert [row[-1] for row in rows] == ["-", "yes", "-", "yes"]
    read = [json.loads(line) for line in (tmp_path / "in.jsonl").read_text(encoding="utf-8").splitlines()]
    written = [json.loads(line) for line in (tmp_path / "out-2.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in written] == [line["id"] for line in read] and len(read) == 10
    assert [line["length"] for line in written] == [len(line["text"]) for line in read]
    for row in rows:
        assert number(row[4]) > 0 and number(row[7]) > 0


def test_outputs_that_differ_are_shouted(dumps: Dumps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(command: list[str]) -> scaling.Usage:
        Path(command[command.index("-o") + 1]).write_text(command[command.index("--jobs") + 1])
        return scaling.Usage(2.0, 1.0, None, "")

    monkeypatch.setattr(scaling, "usage", fake)
    rows = list(many_dumps(dumps, [3, 1], [1, 2], tmp_path))
    assert [row[0] for row in rows] == ["1"] * 4 + ["3"] * 4 and rows[1][-2:] == ["-", "NO"]
    assert rows[4][4:8] == ["2.0", "2", rows[4][6], "333.33"]


def test_one_text_is_measured_in_a_process_of_its_own() -> None:
    (row,) = one_text([50], str(STORIES))
    blocks, _, stories, seconds, processor, wall_each, each, memory = map(number, row)
    assert blocks >= 50 and 1 < stories < 50 and min(seconds, processor, wall_each, each, memory) > 0


@linux
def test_memory_is_that_of_all_processes_and_of_no_other() -> None:
    ballast = bytearray(300_000_000)
    grown = "import time; x = bytearray({}); time.sleep(1)"  # seen several times
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grown.format(60_000_000)!r}])"
    alone, both = usage(["-c", grown.format(60_000_000)]), usage(["-c", f"x = bytearray(50_000_000); {parent}"])
    assert alone.memory is not None and both.memory is not None
    assert 60_000_000 < alone.memory < 120_000_000 < both.memory < len(ballast)
    with Family(2**31 - 1) as nobody:
        pass
    assert nobody.peak is None


def test_a_command_that_fails_is_an_error() -> None:
    assert usage(["-c", "print('said')"]).output == "said\n"
    with pytest.raises(SegmenterError, match="status 1, ValueError: no good"):
        usage(["-c", "raise ValueError('no good')"])
    with pytest.raises(SegmenterError, match="such file"):
        list(one_text([5], "none.jsonl"))


def test_every_part_is_of_the_package() -> None:
    for name in PARTS:
        assert (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file(), f"{name} is gone: put PARTS right"


def test_a_frame_belongs_to_the_nearest_part() -> None:
    def frame(*modules: str):
        scope: dict = {"here": sys._getframe}
        call = "here()"
        for n, module in enumerate(reversed(modules)):
            source = f"def f{n}():\n    return {call}"
            exec(compile(source, str(PACKAGE / f"{module}.py"), "exec"), scope)
            call = f"f{n}()"
        return eval(call, scope)

    assert part_of(None) == part_of(frame("segmenter")) == REST
    assert part_of(frame("segmenter", "furniture", "network")) == "kinds network"
    assert part_of(frame("segmenter", "furniture", "cues", "characters")) == "cues"
    assert part_of(frame("cli/split", "io/writers", "document")) == "writing"
    assert part_of(frame("cli/split", "io/jsonl", "io/values")) == "reading"
    assert part_of(frame("evidence", "embedding/static", "embedding/words")) == "tokenizer for blocks"
    assert part_of(frame("topics/phrases", "topics/lexis", "embedding/static")) == "embedding for key phrases"
    assert part_of(frame("topics/classifier", "embedding/static")) == "embedding for topics"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers here")
def test_shares_add_up_to_the_time_and_leave_no_timer_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    begun = time.perf_counter()
    with shares() as seconds:
        sum(range(2_000_000))
    spent = time.perf_counter() - begun
    assert set(seconds) == {REST} and 0.5 * spent < seconds[REST] <= spent
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers here")
def test_the_command_is_looked_into(dumps: Dumps) -> None:
    found = RUNS["shares"](dumps, 5)
    assert isinstance(found, dict) and min(found.values()) > 0
    assert {"boundaries", "key phrases", "kinds network"} <= set(found)


def test_peers_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmenter.evaluation.scaling_runs.transformer", lambda _: None)
    monkeypatch.setattr("segmenter.evaluation.scaling_runs.WARMER", 2)
    found = peers_run(Dumps(STORIES, "en"), 2)
    monkeypatch.setattr(scaling, "_run", lambda *_: found)
    rows = list(scaling.peers(2, str(STORIES)))
    assert [row[0].split()[0] for row in rows] == ["segmenter", "segmenter,", "LangChain", "chonkie"]
    assert number(rows[0][1]) > 0 and number(rows[0][3]) == 1.0
    assert all(row[1:4] == ["-"] * 3 and "not installed" in row[4] for row in rows[2:])


def test_peers_are_set_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"name": "segmenter", "seconds": 0.5}, {"name": "peer", "version": "1.2", "seconds": 50.0,
                                                      "embedding": 45.0}]  # fmt: skip
    monkeypatch.setattr(scaling, "_run", lambda *_: found)
    assert list(scaling.peers(10, "")) == [["segmenter", "20", "50.0", "1.00", ""],
                                           ["peer 1.2", "0.20", "5,000.0", "100", "90.0%"]]  # fmt: skip


def test_jobs_double_up_to_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "usable_cores", lambda: 6)
    assert [scaling._jobs(most) for most in (1, 2, 4, 5, 8)] == [[1], [1, 2], [1, 2, 4], [1, 2, 4, 5], [1, 2, 4, 6]]


def test_the_tables_are_printed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                            capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    for name in ("many_dumps", "one_text", "cold_start", "peers", "profile"):
        width = {"many_dumps": 10, "one_text": 8, "cold_start": 2, "peers": 5, "profile": 3}[name]
        monkeypatch.setattr(scaling, name, lambda *_, width=width, name=name: iter([[name] * width]))
    out = tmp_path / "scaling.md"
    given = ["--stories", str(STORIES), "--out", str(out)]
    assert main([*given, "--profile"]) == 0
    printed = capsys.readouterr().out
    assert printed == out.read_text(encoding="utf-8") and "{" not in printed
    assert re.findall(r"^\*\*(.*)\*\*$", printed, re.MULTILINE) == ["Many dumps", "One text", "Cold start", "Peers",
                                                                   "Where the time goes"]  # fmt: skip
    assert main([*given, "--peer-dumps", "0"]) == 0
    assert "the time goes" not in (short := capsys.readouterr().out) and "Peers" not in short
    assert main(["--stories", "none.jsonl"]) == 1
    assert "none.jsonl: cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--dumps", "0"])


def test_a_cold_start_is_the_best_of_several(dumps: Dumps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    took = iter([3.0, 1.0, 2.0] * 4)
    monkeypatch.setattr(scaling, "_seconds", lambda _: next(took))
    rows = list(islice(scaling.cold_start(dumps, tmp_path, 3), 9))
    assert [row[1] for row in rows] == ["1.000"] * 4 and rows[-1][0].startswith("segmenter split small.txt (")
    assert (tmp_path / "small.txt").read_bytes() == dumps.dump(0).text.encode()
