"""How a run ends: full disks, readers that go away, signals, and runs that write to one place at once."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from commands import _DRIVER, ROOT, errors, posix, process, write
from splitters import Lines
from test_corpus import assert_equal, jsonl, one_file, parts

FORMATS = ["text", "jsonl", "csv", "parquet", "html"]
pytestmark = posix


def many(folder: Path, *last: str) -> Path:
    lines = [json.dumps({"text": f"word {n}\n" * 50, "id": n}) for n in range(200)]
    return write(folder / "in.jsonl", "\n".join([*lines, *(json.dumps({"text": text}) for text in last)]))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("format", FORMATS)
def test_full_disk_on_standard_output(tmp_path, format):
    with open("/dev/full", "wb") as full:
        done = process("split", many(tmp_path), "-f", format, stdout=full)
    [line] = errors(done)
    assert done.returncode == 1 and "No space left" in line and "make room" in line


@pytest.mark.parametrize("format", FORMATS)
def test_full_disk_leaves_what_stood_there(tmp_path, format):
    source, folder = many(tmp_path), tmp_path / "out"
    folder.mkdir()
    target = write(folder / "out", "before")

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = process("split", source, "-f", format, "-o", target, preexec_fn=small)
    [line] = errors(done)
    assert done.returncode == 1 and "too large" in line
    assert target.read_text() == "before" and list(folder.iterdir()) == [target]


@pytest.mark.parametrize("format", FORMATS)
def test_reader_that_stops_half_way(tmp_path, format):
    run = f'{sys.executable} -c "$DRIVER" split {many(tmp_path)} -f {format}'
    command = f"{run} | head -c 9 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=300,
                          env={**os.environ, "DRIVER": _DRIVER, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("word", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_signals_after_much_was_written(tmp_path, format, word, status):
    source, folder = many(tmp_path, word, "after"), tmp_path / "out"
    folder.mkdir()
    target = write(folder / "out", "before")
    done = process("split", source, "-f", format, "-o", target)
    assert (done.returncode, done.stderr) == (status, b"")
    assert target.read_text() == "before" and list(folder.iterdir()) == [target]


def test_runs_that_write_to_one_file_at_once_leave_the_whole_of_one(tmp_path):
    source, folder = many(tmp_path), tmp_path / "out"
    folder.mkdir()
    target = folder / "out.jsonl"
    start = [sys.executable, "-c", _DRIVER, "split", str(source), "-o", str(target)]
    runs = [subprocess.Popen(start, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(4)]
    assert [run.wait(timeout=300) for run in runs] == [0] * 4
    assert list(folder.iterdir()) == [target]
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == [str(n) for n in range(200)]


def test_ignored_signals_stay_ignored(tmp_path):
    done = process("split", many(tmp_path, "SIGHUP"), "-f", "jsonl",
                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # fmt: skip
    assert done.returncode == 0


_LINES = """
import sys
from pathlib import Path
from splitters import Lines
from segmenter.cli import main
sys.exit(main(segmenter_factory=lambda **_: Lines(Path.cwd())))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc to see who is left")
@pytest.mark.parametrize("engine", ["processes", "dask"])
@pytest.mark.parametrize(("word", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_corpus_run_that_is_stopped_leaves_whole_parts_and_nobody(tmp_path, engine, word, status):
    if engine == "dask" and find_spec("distributed") is None:
        pytest.skip("Dask is not installed ([dask] or [test] brings it)")
    paths = [jsonl(tmp_path / f"{n:02}.jsonl", {"text": f"{n}"}, {"text": f"STOP {word}" if n == 11 else "more"})
             for n in range(12)]  # fmt: skip
    out = tmp_path / "out"
    command = [sys.executable, "-c", _LINES, "split", *map(str, paths), "-o", f"{out}/", "--format", "jsonl", "--jobs",
               "2", "--engine", engine]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}

    def run() -> subprocess.Popen:
        return subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, start_new_session=True)

    with run() as stopped:
        _, said = stopped.communicate(timeout=60)
    assert (stopped.returncode, said) == (status, b"") and (tmp_path / "stopped").exists()
    end = time.monotonic() + 20
    while left := members(stopped.pid):
        assert time.monotonic() < end, left
    made = {part.name: part.stat().st_mtime_ns for part in parts(out)}
    assert made and {path.name for path in out.iterdir()} - made.keys() == {"_manifest.json", ".journal.jsonl", ".lock"}
    with run() as again:
        _, said = again.communicate(timeout=60)
    assert again.returncode == 0 and b"12 parts, " in said and b"of them in an earlier run" in said
    assert any(part.stat().st_mtime_ns == made.get(part.name) for part in parts(out))
    assert_equal(out, one_file(paths, tmp_path / "one.jsonl", Lines(tmp_path)))


def members(group: int) -> list[str]:
    """The processes of a group that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            content = path.read_text(errors="replace")
        except OSError:  # it has just ended
            continue
        state, _, own = content.rpartition(")")[2].split()[:3]
        if int(own) == group and state != "Z":
            found.append(content)
    return found
