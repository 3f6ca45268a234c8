"""Compressed input, and what is too long, too deep or too damaged to be read."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tracemalloc

import pytest
from commands import ROOT, local, posix, records
from samples import ARABIC, read, write

from segmenter.io import origin

pa = pytest.importorskip("pyarrow")

LINES = b'{"text": "one", "id": "a"}\n{"text": "two"}\n'


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


# --- compressed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_every_text_format_is_unpacked(tmp_path, pack, monkeypatch):
    ending = ".gz" if pack is gzip.compress else ".zst"
    contents = {"a.jsonl": LINES, "b.csv": b"text\nthree\n", "c.txt": ARABIC.encode("utf-16"), "d.ndjson": LINES}
    for name, content in contents.items():
        write(tmp_path / f"{name}{ending.upper() if name == 'c.txt' else ending}", pack(content))
    dumps, errors = read(tmp_path)
    assert not errors and [dump.id for dump in dumps] == ["a", "a:2", "b:1", "c", "a", "d:2"]
    assert [dump.text for dump in dumps] == ["one", "two", "three", ARABIC, "one", "two"]
    [dump], [] = read(write(tmp_path / "unnamed", pack(b"by its first bytes")))
    assert (dump.id, dump.text) == ("unnamed", "by its first bytes")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pack(b"in"))))
    assert read("-")[0][0].text == "in"


def test_members_one_after_the_other_are_one_file(tmp_path):
    for content in (
        gzip.compress(LINES[:10]) + gzip.compress(LINES[10:]) + b"\0" * 99,
        zstd(LINES[:9]) + zstd(LINES[9:]),
    ):
        name = "a.jsonl.gz" if content[:1] == b"\x1f" else "a.jsonl.zst"
        assert [dump.text for dump in read(write(tmp_path / name, content))[0]] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", gzip.compress(LINES)[:-9]),
        ("a.jsonl.gz", gzip.compress(LINES) + b"rubbish"),
        ("a.jsonl.zst", zstd(LINES)[:-3]),
        ("a.jsonl.zst", zstd(LINES) + b"rubbish"),
        ("a.csv.gz", gzip.compress(b"text\na\n")[:-9]),
        ("a.txt.gz", gzip.compress(LINES)[:-9]),
        ("a.jsonl.gz", LINES),
        ("a.jsonl.zst", LINES),
        ("a.jsonl.gz", b""),
        ("a.parquet.gz", gzip.compress(b"PAR1")),
    ],
)
def test_damage_is_one_error_with_a_remedy(tmp_path, name, content):
    _, [error] = read(write(tmp_path / name, content))
    assert error.reason and error.remedy and "report this" not in error.remedy


def test_lines_before_the_damage_are_read(tmp_path):
    line = json.dumps({"text": os.urandom(40_000).hex()}).encode() + b"\n"
    dumps, [error] = read(write(tmp_path / "a.jsonl.gz", gzip.compress(line * 9)[:-5000]))
    assert 1 <= len(dumps) < 9 and error.place == f"line {len(dumps) + 1}" and "not read" in error.reason


def test_damage_that_only_the_checksum_tells_casts_doubt_on_what_was_read(tmp_path):
    lines = LINES + b"".join(json.dumps({"text": f"{n} {'x' * 999}"}).encode() + b"\n" for n in range(200))
    packed = bytearray(gzip.compress(lines))
    packed[-8] ^= 1  # of the checksum, which stands behind the lines
    dumps, [error] = read(write(tmp_path / "a.jsonl.gz", bytes(packed)))
    assert dumps and "before may be wrong, too" in error.reason and "lines after it were not read" in error.reason
    packed[10] = 0xFF  # where the lines begin
    _, [error] = read(write(tmp_path / "a.jsonl.gz", bytes(packed)))
    assert "damaged gzip data" in error.reason and "may be wrong" not in error.reason


def test_names_of_compressed_files(tmp_path):
    paths = [write(tmp_path / name, gzip.compress(b"x")) for name in ("a.txt.gz", "b.gz")] + [
        write(tmp_path / "a.txt", "y")
    ]
    assert [dump.id for dump in read(*paths)[0]] == [str(paths[0]), "b", str(paths[2])]


def test_output_is_not_compressed_and_says_so(tmp_path, capsysbinary):
    status, _, err = local(capsysbinary, "split", write(tmp_path / "a.txt", "x"), "-o", tmp_path / "b.jsonl.gz")
    assert status == 2 and "not compressed" in err and len(list(tmp_path.iterdir())) == 1


# --- too long ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "long", "places"), [
    ("a.txt", "x" * 31, [""]), ("a.txt", "ب" * 31, [""]), ("a.txt", "x" * 500, [""]), ("a", "\U0001f600" * 31, [""]),
    ("a.jsonl", json.dumps({"text": "ok"}) + "\n" + json.dumps({"text": "x" * 31}), ["line 2"]),
    ("a.jsonl", json.dumps({"text": "ok"}) + "\n" + json.dumps({"text": "ok", "more": "x" * 500}), ["line 2"]),
    ("a.jsonl", json.dumps({"text": "ok"}) + "\n" + "[" * 70_000, ["line 2"]),
    ("a.csv", f"text,x\nok,1\n{'x' * 31},2", ["row 2 (line 3)"]),
    ("a.csv", "text,x\nok,1\n\"" + "line\n" * 500, ["row 2 (line 3)"]), ("a.csv", "x" * 500, ["line 1"]),
])  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_long_is_an_error_in_its_place(tmp_path, monkeypatch, name, long, places, packed):
    monkeypatch.setattr(origin, "_ROOM", 100)
    content = long.encode() + (b"\n" + json.dumps({"text": "ok"}).encode() if name == "a.jsonl" else b"")
    path = write(tmp_path / (name + ".gz" * packed), gzip.compress(content) if packed else content)
    dumps, errors = read(path, max_chars=30)
    assert [error.place for error in errors] == places and all("30" in e.reason or "00" in e.reason or "60" in e.reason
                                                               or "80" in e.reason for e in errors)  # fmt: skip
    assert all("--max-dump-chars" in str(error) for error in errors)
    assert {dump.text for dump in dumps} <= {"ok"} and len(dumps) == {"a.jsonl": 2, "a.csv": "ok" in long}.get(name, 0)


def test_as_long_as_may_be_is_read(tmp_path):
    for name, content in {"a.txt": "ب" * 30, "a.jsonl": json.dumps({"text": "ب" * 30})}.items():
        assert len(read(write(tmp_path / name, content), max_chars=30)[0]) == 1


def test_the_command_has_the_limit(tmp_path, capsysbinary):
    path = write(tmp_path / "a.jsonl", '{"text": "0123456789"}\n{"text": "01234"}\n')
    status, out, err = local(capsysbinary, "split", path, "-f", "jsonl", "--max-dump-chars", "9")
    assert status == 1 and [record["length"] for record in records(out)] == [5]
    assert err.startswith(f"segmenter: {path}, line 1: longer than 9 characters")
    for command in ("split", "cluster"):
        assert local(capsysbinary, command, path, "--max-dump-chars", "0")[0] == 2
    status, _, _ = local(capsysbinary, "split", path, "-f", "jsonl", "--max-dump-chars", "9" * 30)
    assert status == 0


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt", "a.warc", "a"])
def test_memory_is_bounded_however_long_the_input_unpacks(tmp_path, monkeypatch, name):
    monkeypatch.setattr(origin, "_ROOM", 1 << 20)
    bomb = write(tmp_path / f"{name}.gz", gzip.compress(b"x" * (1 << 27), 1))  # 128 MB without a line end
    tracemalloc.start()
    try:
        dumps, [_] = read(bomb, max_chars=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not dumps and peak < 1 << 24


# --- odd values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [90, 101, 400, 900, 5000, 100_000])
def test_nesting(tmp_path, depth, capsysbinary):
    nested = "[" * depth + "1" + "]" * depth
    path = write(tmp_path / "a.jsonl", f'{{"text": "x", "n": {nested}}}\n{{"text": "ok"}}\n')
    for format in ("jsonl", "csv", "parquet", "html"):
        status, _, err = local(capsysbinary, "split", path, "-o", tmp_path / f"out.{format}")
        assert status == (depth > 100) and err.count("\n") == status and (not err or "nested" in err)


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "NaN", "Infinity", "9" * 4000, "1" + "0" * 300 + ".5", "-0", "1e-400"]
)
def test_numbers(tmp_path, number, capsysbinary):
    path = write(tmp_path / "a.jsonl", f'{{"text": "x", "n": {number}, "id": {number}}}\n')
    for format in ("jsonl", "csv", "parquet", "html", "txt"):
        assert local(capsysbinary, "split", path, "-o", tmp_path / f"out.{format}") == (0, b"", "")
    records((tmp_path / "out.jsonl").read_bytes())


def test_parquet_of_odd_types(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    nested: object = 1
    for _ in range(60):
        nested = {"a": [nested]}
    columns = {
        "dictionary": pa.array(["x"]).dictionary_encode(),
        "decimal": pa.array([1]).cast(pa.decimal128(30, 5)),
        "duration": pa.array([1001], pa.duration("ns")),
        "clock": pa.array([1], pa.time64("ns")),
        "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
        "null": pa.nulls(1),
        "half": pa.array([1.5], pa.float16()),
        "far": pa.array([2**60], pa.timestamp("ms")),
        "day": pa.array([2**30], pa.date32()),
        "struct": pa.array([{"a": {"b": [None]}}]),
        "large": pa.array(["x"], pa.large_string()),
        "fixed": pa.array([b"\xff\x00"], pa.binary(2)),
    }
    for name, column in columns.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"text": ["x"], name: column}), path)
        dumps, errors = read(path)
        assert len(dumps) + len(errors) == 1 and all(e.remedy and "report this" not in e.remedy for e in errors), errors
        pq.write_table(pa.table({"text": column}), path)
        dumps, errors = read(path)
        assert len(dumps) == (name in ("dictionary", "large")) and all("report this" not in e.remedy for e in errors)
    pq.write_table(pa.table({"text": ["x"], "n": pa.array([nested])}), tmp_path / "deep.parquet")
    _, [error] = read(tmp_path / "deep.parquet")
    assert "nested" in error.reason


def test_parquet_with_a_corrupt_page(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [f"text {n}" for n in range(1000)]}), path, row_group_size=100, compression="zstd")
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 50] = b"\xff" * 50
    dumps, found = read(write(path, bytes(content)))
    damaged = {(int(error.place.split()[1]) - 1) // 100 for error in found}
    assert 0 < len(damaged) == len(found) < 3 and all("not readable as Parquet" in error.reason for error in found)
    assert "; the rows after it up to row" in found[0].reason
    lost = set(range(1000)) - {int(dump.text.split()[1]) for dump in dumps}
    assert {row // 100 for row in lost} == damaged and dumps[-1].text == "text 999"


@posix
def test_a_pipe_that_brings_bytes_one_by_one():
    code = "import os, sys\nfor byte in sys.stdin.buffer.read():\n    os.write(1, bytes([byte]))\n"
    reader = "from segmenter.io import read_dumps\nprint([(dump.id, dump.text) for dump in read_dumps('-')])"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as slow,
        subprocess.Popen([sys.executable, "-c", reader], stdin=slow.stdout, stdout=subprocess.PIPE, env=env) as done,
    ):
        slow.stdin.write(gzip.compress(b"slow"))
        slow.stdin.close()
        assert done.communicate(timeout=60)[0].decode() == "[('stdin', 'slow')]\n"
