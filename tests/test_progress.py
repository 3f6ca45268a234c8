"""The line that says how far the work has come: what is known beforehand, what is counted, and for whom it is shown."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import errors, local, process, write
from test_corpus import jsonl, table

from segmenter.cli.terminal import Progress
from segmenter.io import Meter, read_dumps

COUNT = 400


class Clock:
    """Goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks at the clock a second passes, so that the line is drawn whenever it can be."""
    clock = itertools.count()
    monkeypatch.setattr("segmenter.cli.terminal.time.monotonic", lambda: next(clock))


def shown(said: str) -> list[str]:
    """The lines that were drawn, one over the other."""
    return [line.strip() for line in said.split("\r") if "dumps, " in line and not line.startswith("segmenter: ")]


def test_rate_share_and_time_left(capsys) -> None:
    clock = Clock()
    with Progress(True, clock=clock) as progress:
        for now, done, total in ((1, 10, 1000), (6, 20, 1000), (10, 500, 1000), (10.1, 600, 1000), (11, 1000, 1000)):
            clock.now = now
            progress.at(done, total)
            progress.step(5)
        progress.begin("reading: ")
        clock.now = 20
        progress.at(7, None)
        progress.step()
        progress.begin()
        progress.total = 3
        for now in (3000, 60_000, 400_000):
            clock.now = now
            progress.step()
        progress.begin()
        clock.now += 600
        progress.at(1, 40, "parts")
        progress.step(0)
    said = capsys.readouterr().err
    assert shown(said) == [
        "5 dumps, 5.0 a second; 1 %", "10 dumps, 1.7 a second; 2 %, 5 min left",
        "15 dumps, 1.5 a second; 50 %, 10 s left", "25 dumps, 2.3 a second; 100 %, 0 s left",
        "reading: 1 dumps, 0.1 a second", "1 dumps, 0.0 a second; 33 %, 1 h 39 min left",
        "2 dumps, 0.0 a second; 67 %, 8 h 20 min left", "3 dumps, 0.0 a second; 100 %, 0 s left",
        "0 dumps, 0.0 a second; 1 of 40 parts, 6 h 30 min left",
    ]  # fmt: skip
    # What was drawn last is gone, also where a longer line stood before.
    screen = ""
    for piece in said.split("\r"):
        screen = piece + screen[len(piece) :]
    assert not screen.strip()


def inputs(folder: Path) -> dict[str, Path]:
    texts = [f"text {n} {random.Random(n).randbytes(500).hex()}" for n in range(COUNT)]
    records = "".join(json.dumps({"text": text, "id": n}) + "\n" for n, text in enumerate(texts))
    pq.write_table(pa.table({"text": texts}), folder / "a.parquet", row_group_size=50)
    return {
        "jsonl": write(folder / "a.jsonl", records), "parquet": folder / "a.parquet",
        "csv": write(folder / "a.csv", "text\n" + "".join(text + "\n" for text in texts)),
        "gzip": write(folder / "a.jsonl.gz", gzip.compress(records.encode(), 1)),
        "zstd": write(folder / "a.jsonl.zst", pa.Codec("zstd").compress(records.encode(), asbytes=True)),
        "text": write(folder / "a.txt", texts[0]), "none": folder / "none.txt",
    }  # fmt: skip


def test_a_meter_counts_the_bytes_of_files_of_all_kinds(tmp_path: Path) -> None:
    paths = inputs(tmp_path)
    sizes = {kind: path.stat().st_size for kind, path in paths.items() if path.exists()}
    for kind in sizes:
        meter = Meter()
        read = [meter.read() for _ in read_dumps(paths[kind], meter=meter)]
        assert meter.total == meter.read() == read[-1] == sizes[kind] and read == sorted(read)
        if len(read) > 1 and kind != "zstd":  # unpacked 128 KiB at a time
            assert read[len(read) // 4] < 0.6 * sizes[kind] and read[len(read) // 2] > 0.4 * sizes[kind], kind
    meter = Meter()
    read = [meter.read() for _ in read_dumps(paths.values(), meter=meter)]
    assert read == sorted(read) and read[-1] == meter.read() == meter.total == sum(sizes.values())
    meter = Meter()
    assert next(read_dumps([paths["jsonl"], "-"], meter=meter)) and meter.total is None


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv", "gzip"])
def test_splitting_shows_share_and_time_left(tmp_path: Path, capsysbinary, kind: str) -> None:
    path = inputs(tmp_path)[kind]
    status, _, said = local(capsysbinary, "split", path, "-o", tmp_path / "out.jsonl", "--progress")
    lines = shown(said)
    shares = [int(found[1]) for line in lines if (found := re.search(r"; (\d+) %", line))]
    assert status == 0 and shares == sorted(shares) and shares[-1] == 100 and len(set(shares)) > 4
    assert re.fullmatch(rf"{COUNT} dumps, \d\.\d a second; 100 %, 0 s left", lines[-1])
    assert local(capsysbinary, "split", path, "-o", tmp_path / "out.jsonl") == (0, b"", "")


def test_what_comes_from_a_pipe_is_counted_alone_and_elsewhere_nothing_is_shown(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"text": "one"})
    for arguments in (["-"], ["-", path]):
        done = process("split", *arguments, "-f", "jsonl", "--progress", stdin="a text")
        assert done.returncode == 0 and b"%" not in done.stderr and b"left" not in done.stderr
    assert not errors(process("split", path, "-f", "jsonl"))


@pytest.mark.usefixtures("ticking")
def test_a_corpus_counts_the_parts_that_are_to_be_made(tmp_path: Path, capsysbinary) -> None:
    path, out = table(tmp_path / "a.parquet", 100, 10), tmp_path / "out"
    arguments = ("split", path, "-o", f"{out}/", "--part-rows", 10, "--progress")
    lines = shown(local(capsysbinary, *arguments)[2])
    assert lines[0] == "0 dumps, 0.0 a second; 0 of 10 parts" and "100 dumps" in lines[-1]
    assert re.search(r"; 10 of 10 parts, 0 s left", lines[-1])
    assert any(re.fullmatch(r"70 dumps, .* a second; 7 of 10 parts, \d+ s left", line) for line in lines)
    (out / "part-00002.parquet").unlink()
    lines = shown(local(capsysbinary, *arguments)[2])
    assert lines[0].endswith("0 of 1 parts") and lines[-1].startswith("10 dumps")


@pytest.mark.usefixtures("ticking")
def test_the_job_shows_how_much_is_read_and_then_how_much_is_filed(tmp_path: Path, capsysbinary) -> None:
    path = jsonl(tmp_path / "a.jsonl", *({"text": f"text {n}", "date": "2024-01-01"} for n in range(20)))
    status, _, said = local(capsysbinary, "cluster", "--store", tmp_path / "a.db", path, "--progress")
    lines = shown(said)
    read = [line for line in lines if line.startswith("reading: ")]
    filed = [line for line in lines if not line.startswith("reading: ")]
    assert status == 0 and "100 %" in read[-1] and re.match(r"20 dumps, .* a second; 100 %, 0 s left$", filed[-1])
    assert re.match(r"5 dumps, .* a second; 25 %, \d+ (s|min) left$", filed[4])
    _, _, said = local(capsysbinary, "cluster", "--store", tmp_path / "a.db", path, "--log", "json")
    assert all(json.loads(line) for line in said.splitlines())
