"""A folder of parts holds what one file would, whatever is killed, changed or run again on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import _DRIVER, ROOT, Fake, errors, local, posix, process, write
from hypothesis import given
from hypothesis import strategies as st
from splitters import Lines, Together

from segmenter import Segmenter
from segmenter.corpus import HereEngine, PartLost, ProcessEngine, split_corpus
from segmenter.corpus.engines import DEATHS
from segmenter.corpus.manifest import JOURNAL, MANIFEST
from segmenter.corpus.plan import cut, plan
from segmenter.corpus.settings import settings_of
from segmenter.io import open_writer, read_dumps


def jsonl(path: Path, *records: dict[str, Any]) -> Path:
    return write(path, "".join(json.dumps(record) + "\n" for record in records))


def table(path: Path, count: int, group: int, **columns: Any) -> Path:
    texts = [f"{path.stem} {n}\n\nmore" for n in range(count)]
    pq.write_table(pa.table({"text": texts, **columns}), path, row_group_size=group)
    return path


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / MANIFEST).read_bytes())


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*"))


def one_file(paths: list[Path], target: Path, splitter: Any) -> Path:
    with open_writer(target.suffix[1:], target) as writer:
        for dump in read_dumps(paths):
            if not isinstance(dump, Exception):
                writer.write(splitter.split(dump.text, id=dump.id, date=dump.date, meta=dump.meta))
    return target


def assert_equal(folder: Path, one: Path) -> None:
    if one.suffix == ".jsonl":
        assert b"".join(part.read_bytes() for part in parts(folder)) == one.read_bytes()
        return
    expected = pq.read_table(one)
    for part in parts(folder):
        assert pq.read_schema(part).equals(expected.schema), part
    assert pq.read_table(folder).equals(expected)
    assert not [name for name in os.listdir(folder) if name.startswith(".") and name != ".lock"]


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """Parquet of several row groups, texts, JSON with columns of all sorts, and what cannot be read or split."""
    folder = tmp_path / "texts"
    folder.mkdir()
    for n in range(3):
        write(folder / f"{n}.txt", f"text {n}")
    long = (1 << 53) + 1
    return [
        table(tmp_path / "a.parquet", 95, 20, n=range(95)), folder,
        jsonl(tmp_path / "b.jsonl", {"text": "one", "n": 1.5, "only": True}, {"text": 3}, {"text": "2", "long": long}),
        jsonl(tmp_path / "c.jsonl", {"text": "x", "mixed": 1, "id": "own"}, {"text": "y", "mixed": 2.0, "none": None}),
        jsonl(tmp_path / "d.jsonl", {"text": "z", "mixed": "word", "none": 5, "list": [1]}, {"text": "CRASH"}),
    ]  # fmt: skip


# --- the plan ------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50)), st.integers(1, 40))
def test_row_groups_are_cut_and_gathered(groups: list[int], rows: int) -> None:
    found = list(cut(groups, rows))
    assert [n for start, stop in found for n in range(start, stop)] == list(range(sum(groups)))
    assert all(0 < stop - start <= rows for start, stop in found)
    ends = {sum(groups[: n + 1]) for n in range(len(groups))}
    assert all(stop in ends or stop - start == rows for start, stop in found)
    assert len(found) <= 2 * sum(groups) / rows + 1


def test_texts_are_gathered_and_other_files_are_not(tmp_path: Path, inputs: list[Path]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    big = write(tmp_path / "big.txt", b"x" * (5 << 20))
    found, [error] = plan(map(str, [*inputs, big, tmp_path / "none.csv", empty]), 40)
    assert [[(Path(piece.input.path).name, piece.start, piece.stop) for piece in part.pieces] for part in found] == [
        [("a.parquet", 0, 40)], [("a.parquet", 40, 80)], [("a.parquet", 80, 95)],
        [("0.txt", 0, None), ("1.txt", 0, None), ("2.txt", 0, None)], [("b.jsonl", 0, None)], [("c.jsonl", 0, None)],
        [("d.jsonl", 0, None)], [("big.txt", 0, None)], [("none.csv", 0, None)],
    ]  # fmt: skip
    assert str(empty) in str(error) and len({part.made_of for part in found}) == len(found)


# --- what is made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
@pytest.mark.parametrize("rows", [7, 20, 50])
def test_parts_hold_what_one_file_would(tmp_path: Path, inputs: list[Path], format: str, rows: int,
                                        capsysbinary) -> None:  # fmt: skip
    one, out = tmp_path / f"one.{format}", tmp_path / "out"
    status, _, said = local(capsysbinary, "split", *inputs, "-o", one)
    again = local(capsysbinary, "split", *inputs, "-o", f"{out}/", "--format", format, "--part-rows", rows)
    *lines, summary = again[2].splitlines()
    assert (status, again[0]) == (1, 1) and lines == said.splitlines()
    assert f"{len(parts(out))} parts; 103 dumps" in summary and "2 failed" in summary
    assert_equal(out, one)
    found = manifest(out)
    assert found["complete"] and (found["dumps"], found["failed"]) == (103, 2)
    assert [part["file"] for part in found["parts"]] == [part.name for part in parts(out)]
    assert sum(part["dumps"] for part in found["parts"]) == 103
    assert {Path(piece["path"]).name for part in found["parts"] for piece in part["inputs"]} >= {"a.parquet", "0.txt"}


def test_of_a_damaged_row_group_each_row_is_missed_once(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", 1000, 100)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 50] = b"\xff" * 50
    write(path, bytes(content))
    one = one_file([path], tmp_path / "one.jsonl", Fake())
    complaints = [str(found) for found in read_dumps(path) if isinstance(found, Exception)]
    for rows in (30, 64, 250):
        said: list[str] = []
        split_corpus([path], tmp_path / f"{rows}", Fake(), format="jsonl", rows=rows,
                     report=lambda report, said=said: said.extend(report.made.errors))  # fmt: skip
        assert_equal(tmp_path / f"{rows}", one)
        assert said == complaints


def test_what_is_wrong_with_a_whole_file_is_said_once(tmp_path: Path, capsysbinary) -> None:
    path = table(tmp_path / "a.parquet", 90, 30)
    options = "--text-column", "body", "--part-rows", 30, "-o", f"{tmp_path}/out/"
    status, _, said = local(capsysbinary, "split", path, *options)
    assert status == 1 and said.count("has no column 'body'") == 1 and "0 dumps" in said


# --- running again -------------------------------------------------------------------------------------------------


def run(folder: Path, paths: list[Path], **options: Any) -> tuple[list[str], list[str]]:
    """Files that were made and that were kept."""
    made: list[str] = []
    kept: list[str] = []
    split_corpus(paths, folder, Fake(), **{"rows": 20} | options,
                 report=lambda report: (kept if report.earlier else made).append(report.made.file))  # fmt: skip
    return made, kept


def test_only_what_is_missing_or_of_other_input_is_made(tmp_path: Path, inputs: list[Path]) -> None:
    out = tmp_path / "out"
    made, kept = run(out, inputs)
    assert len(made) == 9 and not kept
    before = [path.stat().st_mtime_ns for path in parts(out)]
    assert run(out, inputs) == ([], made)
    assert [path.stat().st_mtime_ns for path in parts(out)] == before
    (out / "part-00003.parquet").unlink()
    write(out / "part-00001.parquet", (out / "part-00000.parquet").read_bytes())
    jsonl(inputs[3], {"text": "new", "mixed": 1, "id": "own"})
    assert run(out, inputs)[0] == ["part-00001.parquet", "part-00003.parquet", "part-00007.parquet"]
    assert_equal(out, one_file([*inputs[:4], inputs[4]], tmp_path / "one.parquet", Careful()))
    # One that comes first moves the others, which are not made again; one that goes takes its parts along.
    first = jsonl(tmp_path / "0.jsonl", {"text": "first", "n": "words"})
    assert run(out, [first, *inputs]) == (["part-00000.parquet"], [f"part-{n:05}.parquet" for n in range(1, 10)])
    assert_equal(out, one_file([first, *inputs], tmp_path / "one.parquet", Careful()))
    assert run(out, inputs[1:]) == ([], [f"part-{n:05}.parquet" for n in range(4)])
    assert_equal(out, one_file(inputs[1:], tmp_path / "one.parquet", Careful()))
    assert run(out, [first, first]) == (["part-00000.parquet", "part-00001.parquet"], [])
    assert manifest(out)["complete"] and len(run(out, [first, first], anew=True)[0]) == 2


class Careful(Fake):
    """Leaves a text that crashes to nothing, as a run does."""

    def split(self, text, **about):
        """Split one text."""
        return super().split("" if "CRASH" in text else text, **about)


def test_failures_of_an_earlier_run_still_count(tmp_path: Path, inputs: list[Path], capsysbinary) -> None:
    out = f"{tmp_path / 'out'}/"
    assert local(capsysbinary, "split", *inputs, "-o", out)[0] == 1
    status, _, said = local(capsysbinary, "split", *inputs, "-o", out)
    *lines, summary = said.splitlines()
    assert status == 1 and len(lines) == 2 and all("[in an earlier run]" in line for line in lines)
    assert summary.endswith("5 parts, 5 of them in an earlier run; 103 dumps, 198 segments; 2 failed, 2 of them in an "
                            "earlier run")  # fmt: skip


def test_other_settings_and_other_folders_are_refused(tmp_path: Path, inputs: list[Path], capsysbinary) -> None:
    out = tmp_path / "out"
    arguments = ("split", inputs[0], "-o", f"{out}/")
    assert local(capsysbinary, *arguments)[0] == 0
    for options, words in ((["--threshold", "0.9"], "given"), (["--format", "jsonl"], 'format: "parquet", now "jsonl"'),
                           (["--part-rows", "10"], "rows: 20000, now 10"), (["--text-column", "n"], "text_column"),
                           (["--max-dump-chars", "9"], "max_dump_chars")):  # fmt: skip
        status, _, said = local(capsysbinary, *arguments, *options)
        assert status == 2 and words in said and "begin anew with --anew" in said, said
    assert len(parts(out)) == 1
    assert local(capsysbinary, *arguments, "--format", "jsonl", "--anew")[0] == 0
    assert [part.suffix for part in parts(out)] == [".jsonl"]
    write(out / MANIFEST, "{}")
    status, _, said = local(capsysbinary, *arguments, "--format", "jsonl")
    assert status == 2 and "cannot be read" in said and "--anew" in said
    for options, words in ((["-o", f"{tmp_path}/no/way/"], "folder cannot be made"),
                           (["-o", tmp_path / "texts"], "holds 0.txt, and no"), (["-o", tmp_path], "holds the input"),
                           (["-o", f"{out}/", "-f", "csv"], "parquet or jsonl"), (["--anew"], "-o OUT/"),
                           (["--engine", "dask", "-o", tmp_path / "x.jsonl"], "-o OUT/"),
                           (["-", "-o", f"{out}/"], "standard input"),
                           (["--scheduler", "local", "-o", f"{out}/"], "--engine dask")):  # fmt: skip
        status, _, said = local(capsysbinary, "split", inputs[0], *options)
        assert status == 2 and words in said, said


def test_settings_are_all_that_documents_depend_on(tmp_path: Path) -> None:
    labels = write(tmp_path / "desks.csv", "label,description\nsport,football\nmoney,banks\n")
    found = [settings_of(Segmenter(**options), format="parquet") for options in
             ({}, {"threshold": 0.5}, {"topics": str(labels)}, {"topics": False}, {"key_phrases": 1})]  # fmt: skip
    fitted = Segmenter()
    fitted.bias_ = 0.5
    found.append(settings_of(fitted, format="parquet"))
    found.append(settings_of(Segmenter(), format="jsonl"))
    assert len({json.dumps(one) for one in found}) == len(found)
    write(tmp_path / "copy.csv", labels.read_text())
    assert settings_of(Segmenter(topics=tmp_path / "copy.csv"), format="parquet") == found[2]


# --- what dies -----------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("splitter", [Lines, Together])
def test_ten_workers_killed_and_a_text_that_kills(tmp_path: Path, splitter: type[Lines]) -> None:
    paths = []
    for n in range(6):
        texts = [f"{n} {k}" + " ONCE" * ((n + k) % 4 == 0 and k < 8) + " HALF" * (k == n == 5) for k in range(10)]
        records = ({"text": text, "id": f"{n}-{k}"} for k, text in enumerate(texts))
        paths.append(jsonl(tmp_path / f"{n}.jsonl", *records))
    jsonl(paths[2], {"text": "fine"}, {"text": "KILL"}, {"text": "fine, too"})
    marks = tmp_path / "marks"
    marks.mkdir()
    said: list[str] = []
    summary = split_corpus(paths, tmp_path / "out", splitter(marks), format="jsonl", engine=ProcessEngine(2),
                           report=lambda report: said.extend(report.made.errors))  # fmt: skip
    assert len(list(marks.iterdir())) == 11 and (summary.dumps, summary.failed) == (52, 1)
    assert "2.jsonl, line 2: could not be split, the process that split it was killed, twice" in said[0]
    write(paths[2], '{"text": "fine"}\n\n{"text": "fine, too"}\n')
    assert_equal(tmp_path / "out", one_file(paths, tmp_path / "one.jsonl", Lines(marks)))


def test_a_part_that_cannot_be_made_is_left_to_the_next_run(tmp_path: Path, inputs: list[Path]) -> None:
    class Loses(HereEngine):
        """Loses the second part."""

        def run(self, function, items):
            for item in items:
                yield item, PartLost() if getattr(item, "number", 0) == 1 else function(item)

    lost: list[str] = []
    summary = split_corpus(inputs, tmp_path / "out", Fake(), rows=20, engine=Loses(),
                           report=lambda report: lost.append(report.lost))  # fmt: skip
    assert summary.lost == 1 and "part-00001.parquet, of " in lost[1] and f"killed, {DEATHS} times" in lost[1]
    assert not manifest(tmp_path / "out")["complete"]
    assert run(tmp_path / "out", inputs)[0] == ["part-00001.parquet"]
    assert_equal(tmp_path / "out", one_file(inputs, tmp_path / "one.parquet", Careful()))


class Stops(BaseException):
    """Ends a run where it stands."""


@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_run_that_ends_early_is_gone_on_with(tmp_path: Path, inputs: list[Path], after: int) -> None:
    class Ends(HereEngine):
        """Ends after some parts."""

        def run(self, function, items):
            for number, item in enumerate(items):
                if number == after:
                    raise Stops
                yield item, function(item)

    out = tmp_path / "out"
    with pytest.raises(Stops):
        run(out, inputs, engine=Ends())
    with open(out / JOURNAL, "ab") as journal:
        journal.write(b'{"file": "part-0')
    write(out / ".part-00004.parquet.00ff.part", "half")
    made, kept = run(out, inputs)
    assert len(kept) == after and len(made) == 9 - after
    assert_equal(out, one_file(inputs, tmp_path / "one.parquet", Careful()))


@posix
def test_a_killed_process_and_a_second_one(tmp_path: Path) -> None:
    paths = [jsonl(tmp_path / f"{n}.jsonl", {"text": f"text {n}"}) for n in range(4)]
    out, pipe = tmp_path / "out", tmp_path / "pipe"
    os.mkfifo(pipe)
    start = [sys.executable, "-c", _DRIVER, "split", *map(str, [*paths, pipe]), "-o", f"{out}/", "--part-rows", "20"]
    first = subprocess.Popen(start, env={**os.environ, "PYTHONPATH": str(ROOT)})
    with open(pipe, "wb"):  # waits until the first run has come to it, and makes it wait
        assert len(parts(out)) == 4
        done = process("split", paths[0], "-o", f"{out}/")
        assert done.returncode == 75 and "another run" in errors(done)[0]
        first.kill()
        first.wait()
    made, kept = run(out, paths)
    assert not made and len(kept) == 4 and len(parts(out)) == 4 and not list(out.glob(".part*"))
