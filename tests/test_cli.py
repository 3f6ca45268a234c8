"""The command line, mostly as a process: what a shell sees of it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from commands import _MODULES, FAKE, ROOT, Fake, assert_tiles, errors, local, posix, process, records, write

from segmenter.cli import main
from segmenter.cli.terminal import Progress

# --- ugly inputs ---------------------------------------------------------------------------------------------------

UGLY = {
    "00-empty.txt": "",
    "01-blank.txt": " \n\t\r\n\u00a0\n",
    "02-nul.txt": "one\x00two\x00\n\x00\nthree",
    "03-bom.txt": "\ufeffOne line.\nAnother line.\n",
    "04-crlf.txt": "One line.\r\n\r\nAnother line.\rA third.\r\n",
    "05-marks.txt": "a" + "\u0301" * 5000 + " b" + "\u064b" * 3000,
    "06-bidi.txt": "abc \u202e txt.exe \u2066\u2067 \u200f قال \n\u202c\u2069\u2069 end.",
    "07-html.txt": '<script>alert("x")</script>\n<b onclick=x>&amp;</b>\n]]></style>',
    "08-spaces.txt": "\n\n\n  The end.   \n\n\n",
    "09-emoji.txt": "👩‍👩‍👧 \U0001f600\n\ud7ff\ue000\uffff\U0010ffff",
    "10-controls.txt": "\x1b[2J\x07\x7f\x85\u2028\u2029\x0b\x0c\x1c",
    "11-arabic.txt": "قُتِلَ شخصٌ… في د. عليّ\u060c وقال\u061f\n" * 20,
}


@pytest.mark.parametrize("program", ["fake", "real"])
def test_ugly_texts(tmp_path, program):
    for name, text in UGLY.items():
        write(tmp_path / name, text)
    write(tmp_path / "20-utf16.txt", "مرحبا\r\n".encode("utf-16"))
    write(tmp_path / "21-latin.txt", "caf\xe9".encode("latin-1"))
    write(tmp_path / "22-lines.jsonl", '{"text": "a\\u0000b", "id": 5, "n": NaN}\n{"text": \n[]\n{"text": "last"}\n')
    done = process("split", tmp_path, tmp_path / "missing.txt", "--format", "jsonl", program=program)
    found = records(done.stdout)
    texts = [*UGLY.values(), "مرحبا\r\n", "a\x00b", "last"]
    assert [record["id"] for record in found] == [*(name[:-4] for name in UGLY), "20-utf16", "5", "22-lines:4"]
    for record, text in zip(found, texts, strict=True):
        assert_tiles(record, text)
    assert found[-2]["n"] is None
    lines = errors(done)
    assert done.returncode == 1 and len(lines) == 4
    for line, parts in zip(lines, [("21-latin.txt, offset 3", "--encoding"), ("22-lines.jsonl, line 2", "JSON"),
                                   ("22-lines.jsonl, line 3", "a list"), ("missing.txt", "no such file")],
                           strict=True):  # fmt: skip
        assert all(part in line for part in parts)


@pytest.mark.parametrize("program", ["fake", "real"])
@pytest.mark.parametrize("format", ["text", "csv", "html"])
def test_ugly_texts_in_the_other_formats(tmp_path, program, format):
    for name, text in UGLY.items():
        write(tmp_path / name, text)
    done = process("split", tmp_path, "--format", format, program=program)
    assert done.returncode == 0 and done.stderr == b""
    shown = done.stdout.decode("utf-8")
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(shown, newline=""), strict=True))
        for name, text in UGLY.items():
            assert "".join(row["text"] for row in rows if row["id"] == name[:-4]) == text
    elif format == "html":
        assert "<script" not in shown and "onclick=x>" not in shown.replace("onclick=x&gt;", "")
    else:
        assert not any((ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160 for char in shown)


def test_a_line_of_half_a_million_characters():
    text = "كلمة أخرى هنا. " * 33_334
    done = process("split", "--format", "jsonl", "--no-topics", stdin=text, program="real")
    assert done.returncode == 0, done.stderr.decode()
    assert_tiles(records(done.stdout)[0], text)


# --- input and output ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["fake", "real"])
def test_standard_input(program):
    text = "First story.\r\nIt goes on.\r\n"
    for args in ([], ["-"]):
        done = process("split", *args, "--format", "jsonl", stdin=text, program=program)
        assert (done.returncode, done.stderr) == (0, b"")
        [record] = records(done.stdout)
        assert record["id"] == "stdin"
        assert list(record) == ["id", "length", "language", "stories", "segments", "boundaries"]
        assert_tiles(record, text)


def test_every_table_in_and_out(tmp_path, capsysbinary):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": "a", "date": "2024-01-02", "text": "one\ntwo", "source": "x"},
            {"id": "b", "date": "2024-01-03", "text": "three", "source": "y"}]  # fmt: skip
    jsonl = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    first = records(local(capsysbinary, "split", jsonl, "-f", "jsonl")[1])
    assert [record["source"] for record in first] == ["x", "y"] and first[0]["date"] == "2024-01-02"
    buffer = io.StringIO()
    csv.writer(buffer).writerows([rows[0].keys(), *(row.values() for row in rows)])
    pq.write_table(__import__("pyarrow").Table.from_pylist(rows), tmp_path / "in.parquet")
    for path in (write(tmp_path / "in.csv", buffer.getvalue()), tmp_path / "in.parquet"):
        assert records(local(capsysbinary, "split", path, "-f", "jsonl")[1]) == first
    for ending in ("csv", "parquet", "html", "txt", "ndjson"):
        assert local(capsysbinary, "split", jsonl, "-o", tmp_path / f"out.{ending}") == (0, b"", "")
    assert pq.read_table(tmp_path / "out.parquet").column("source").to_pylist() == ["x", "x", "y"]
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("id,segment,")
    assert "story 2 of 2" in (tmp_path / "out.txt").read_text("utf-8")
    assert records((tmp_path / "out.ndjson").read_bytes()) == first


def test_parquet_to_a_pipe(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    done = process("split", "-f", "parquet", stdin="one\ntwo")
    assert pq.read_table(io.BytesIO(done.stdout)).column("text").to_pylist() == ["one\n", "two"]


def test_options_reach_the_segmenter(tmp_path, capsysbinary):
    made = []

    def factory(**options):
        made.append(options)
        return Fake(**options)

    args = ["split", str(write(tmp_path / "a.txt", "a")), "--model", "m", "--threshold", ".7", "--min-chars", "5",
            "--max-chars", "50", "--n-stories", "3", "--no-topics"]  # fmt: skip
    assert main(args, segmenter_factory=factory) == 0
    assert made == [{"model": "m", "threshold": 0.7, "min_chars": 5, "max_chars": 50, "n_stories": 3, "topics": False}]


def test_labels_of_ones_own(tmp_path):
    text = "The striker scored twice and the team won the cup final.\nFans cheered as the coach praised his players."
    desks = write(
        tmp_path / "desks.csv", "label,description\nsport,football match goal team\nmoney,bank shares profit\n"
    )
    args = ["split", "--format", "jsonl", "--topics", desks, "--topic-threshold", "0"]
    done = process(*args, stdin=text, program="real")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [topic["id"] for topic in records(done.stdout)[0]["stories"][0]["topics"]] == ["sport", "money"]
    args = ["split", "--format", "jsonl", "--topic-language", "ar", "--key-phrases", "2"]
    [story] = records(process(*args, stdin=text, program="real").stdout)[0]["stories"]
    assert story["topic_name"] == "رياضة" and story["topics"][0]["finer"] and len(story["key_phrases"]) == 2


@pytest.mark.parametrize("args", [["--topics", "none.csv"], ["--topics", "nowhere"], ["--topic-threshold", "2"],
                                  ["--topics", "a.json", "--no-topics"]])  # fmt: skip
def test_wrong_topics_are_wrong_usage(args, tmp_path):
    done = process("split", *args, stdin="text")
    assert done.returncode == 2 and done.stdout == b"" and b"segmenter" in done.stderr.splitlines()[-1]


def test_other_column_and_encoding(tmp_path, capsysbinary):
    path = write(tmp_path / "a.csv", "body\nمرحبا\n".encode("windows-1256"))
    status, out, _ = local(capsysbinary, "split", path, "--text-column", "body", "--encoding", "cp1256", "-f", "jsonl")
    assert status == 0 and records(out)[0]["length"] == 5


# --- failures ------------------------------------------------------------------------------------------------------


def test_failure_of_one_dump_leaves_the_others(tmp_path, capsysbinary):
    path = write(tmp_path / "a.jsonl", '{"text": "one"}\n{"text": "CRASH"}\n{"text": "three"}\n')
    status, out, err = local(capsysbinary, "split", path, "-f", "jsonl")
    assert status == 1 and len(records(out)) == 2
    assert err == (f"segmenter: {path}, line 2: could not be split, RuntimeError: boom bang "
                   "(please report this, with the input)\n")  # fmt: skip


def test_where_all_inputs_failed_there_is_no_output(tmp_path, capsysbinary):
    status, out, err = local(capsysbinary, "split", tmp_path / "none", "-o", tmp_path / "out.jsonl")
    assert status == 1 and err.count("\n") == 1 and not out and not (tmp_path / "out.jsonl").exists()


def test_no_dumps_at_all_give_a_valid_empty_output(tmp_path, capsysbinary):
    status, _, _ = local(capsysbinary, "split", write(tmp_path / "none.jsonl", ""), "-o", tmp_path / "out.jsonl")
    assert status == 0 and (tmp_path / "out.jsonl").read_bytes() == b""


def test_hostile_file_name_stays_on_one_line(tmp_path, capsysbinary):
    status, _, err = local(capsysbinary, "split", tmp_path / "a\nb\x1b[2J")
    assert status == 1 and err.count("\n") == 1 and "\x1b" not in err


@pytest.mark.parametrize("args", [
    [], ["nonsense"], ["split", "--nonsense"], ["split", "x", "--format", "docx"], ["split", "x", "--threshold", "2"],
    ["split", "x", "--threshold", "nan"], ["split", "x", "--threshold", "much"], ["split", "x", "--min-chars", "-1"],
    ["split", "x", "--max-chars", "0"], ["split", "x", "--min-chars", "9", "--max-chars", "8"],
    ["split", "x", "--n-stories", "0"], ["split", "x", "--n-stories", "1.5"], ["split", "-", "-"],
    ["split", "x", "--encoding", "klingon"], ["split", "x", "--model", "none"], ["evaluate"],
    ["evaluate", "g", "p", "--model", "m"], ["split", "x", "-o", "/none/out"], ["split", "x", "-o", "/"],
])  # fmt: skip
def test_wrong_usage(args, capsysbinary):
    status, out, err = local(capsysbinary, *args)
    assert status == 2 and out == b"" and "segmenter" in err and "Traceback" not in err


def test_terminal_without_input_is_wrong_usage(monkeypatch, capsysbinary):
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    status, _, err = local(capsysbinary, "split")
    assert status == 2 and "nothing to split" in err


def test_model_that_fails_late_ends_the_run(tmp_path, capsysbinary):
    path = write(tmp_path / "a.jsonl", '{"text": "one"}\n{"text": "MODEL"}\n')
    status, _, err = local(capsysbinary, "split", path, "-o", tmp_path / "out.jsonl")
    assert status == 2 and err == "segmenter: late: there is no such model\n" and list(tmp_path.iterdir()) == [path]


def test_output_that_is_an_input_is_refused(tmp_path, capsysbinary):
    path = write(tmp_path / "a.jsonl", '{"text": "one"}\n')
    for source in (path, tmp_path):
        status, _, err = local(capsysbinary, "split", source, "-o", path)
        assert status == 2 and "one of the inputs" in err
    assert path.read_bytes() == b'{"text": "one"}\n'


def test_output_in_a_directory_of_inputs_that_is_no_input_is_written_again(tmp_path, capsysbinary):
    write(tmp_path / "a.txt", "one")
    for _ in range(2):
        assert local(capsysbinary, "split", tmp_path, "-o", tmp_path / "out.html") == (0, b"", "")


def test_rows_that_parquet_refuses_are_one_line_and_leave_no_file(tmp_path, monkeypatch, capsysbinary):
    pa = pytest.importorskip("pyarrow")

    class Table:
        @staticmethod
        def from_pylist(*_):
            raise pa.ArrowInvalid("too\nmuch")

    monkeypatch.setattr(pa, "Table", Table)
    path = write(tmp_path / "a.txt", "one")
    status, out, err = local(capsysbinary, "split", path, "-o", tmp_path / "out.parquet")
    assert (status, out, err.count("\n")) == (1, b"", 1) and "Parquet cannot hold the rows: too" in err
    assert list(tmp_path.iterdir()) == [path]


@posix
@pytest.mark.parametrize(("word", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_signals_leave_nothing_behind(tmp_path, word, status):
    target = write(tmp_path / "out.jsonl", "before")
    path = write(tmp_path / "in.jsonl", f'{{"text": "one"}}\n{{"text": "{word}"}}\n')
    done = process("split", path, "-o", target)
    assert (done.returncode, done.stderr) == (status, b"")
    assert target.read_text() == "before" and sorted(tmp_path.iterdir()) == [path, target]


def test_signal_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    main(["--version"])
    assert signal.getsignal(signal.SIGTERM) is before


@posix
@pytest.mark.parametrize("args", [["split", "-f", "jsonl"], ["split", "-f", "parquet"], ["split", "-f", "csv"]])
def test_reader_that_goes_away_is_no_error(args):
    reading, writing = os.pipe()
    os.close(reading)
    done = process(*args, stdin="word\n" * 20_000, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("args", [["-f", "jsonl"], ["-f", "csv"], ["-o", "/dev/full"]])
def test_full_disk(args):
    with open("/dev/full", "wb") as full:
        done = process("split", *args, stdin="word\n", stdout=full)
    [line] = errors(done)
    assert done.returncode == 1 and "No space left" in line


@posix
def test_closed_standard_output_and_input(tmp_path):
    done = process("split", "-f", "jsonl", stdin="x", stdout=None, preexec_fn=lambda: os.close(1))
    assert done.returncode == 2 and "standard output is closed" in done.stderr.decode()


# --- help, start-up, progress --------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["--help"], ["split", "--help"], ["evaluate", "--help"]])
def test_help_tells_the_exit_codes(args, capsysbinary):
    status, out, _ = local(capsysbinary, *args)
    assert status == 0 and b"exit status" in out and max(map(len, out.decode().splitlines())) <= 120


def test_version(capsysbinary):
    assert local(capsysbinary, "--version")[1].startswith(b"segmenter ")


@pytest.mark.parametrize("program", ["fake", "real"])
def test_nothing_heavy_is_loaded(tmp_path, program):
    write(tmp_path / "a.csv", "text,date\none.\n")
    factory = "Fake" if program == "fake" else "None"
    code = FAKE + (f"import sys, segmenter\nfrom segmenter.cli import main\nsys.stdout.flush()\n"
                   f"main(['split', sys.argv[1], '-f', 'jsonl'], segmenter_factory={factory})\n{_MODULES}")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout.decode().splitlines()[-1] == "heavy: []", done.stderr.decode()


def test_parquet_does_not_load_pandas(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    when = datetime(2024, 1, 2)
    columns = {"text": ["a"], "date": pa.array([when], pa.timestamp("ns", "+02:00")), "day": [when.date()],
               "seen": pa.array([when], pa.timestamp("ms")), "n": [1]}  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    code = ("import sys\nfrom segmenter.io import read_dumps\n"
            "print(*[(dump.date, *dump.meta.values()) for dump in read_dumps(sys.argv[1])])\n")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code + _MODULES, str(tmp_path / "a.parquet")], capture_output=True,
                          check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    record, heavy = done.stdout.decode().splitlines()
    assert record == "('2024-01-02T02:00:00+02:00', '2024-01-02', '2024-01-02T00:00:00', 1)", done.stderr.decode()
    assert heavy == "heavy: []"


def test_progress_is_drawn_and_taken_away(monkeypatch, capsys):
    clock = iter(range(100))
    monkeypatch.setattr("segmenter.cli.terminal.time.monotonic", lambda: next(clock))
    with Progress(True) as progress:
        progress.step()
    assert capsys.readouterr().err.startswith("\r1 dumps, 1.0 a second")
    with Progress() as progress:  # not a terminal
        progress.step()
    assert capsys.readouterr().err == ""


# --- evaluate ------------------------------------------------------------------------------------------------------


@pytest.fixture
def gold(tmp_path) -> Path:
    text = "one one\ntwo two\nthree\n"
    units = [{"start": a, "end": b, "story": n, "kind": "body"} for n, (a, b) in enumerate([(0, 7), (8, 15), (16, 21)])]
    return write(tmp_path / "gold.jsonl", json.dumps({"id": "a", "text": text, "units": units}) + "\n")


def test_evaluate_runs_the_segmenter_or_reads_predictions(tmp_path, gold, capsysbinary):
    status, out, err = local(capsysbinary, "evaluate", gold, "--json")
    report = json.loads(out)
    assert (status, err) == (0, "") and report["documents"] == 1
    assert local(capsysbinary, "split", gold, "-o", tmp_path / "pred.jsonl")[0] == 0
    assert json.loads(local(capsysbinary, "evaluate", gold, tmp_path / "pred.jsonl", "--json")[1])["documents"] == 1
    assert b"Pk" in local(capsysbinary, "evaluate", gold)[1]


def test_evaluate_reports_what_it_could_not_score(tmp_path, gold, capsysbinary):
    write(gold, gold.read_bytes() + b"nonsense\n")
    status, out, err = local(capsysbinary, "evaluate", gold)
    assert status == 1 and err.count("\n") == 1 and b"Pk" in out
    status, out, err = local(capsysbinary, "evaluate", tmp_path / "none.jsonl")
    assert (status, out) == (1, b"") and err.count("\n") == 1
    write(gold, json.dumps({"id": "a", "text": "MODEL", "units": [{"start": 0, "end": 5, "story": 0}]}) + "\n")
    assert local(capsysbinary, "evaluate", gold)[0] == 2


def test_evaluate_goes_on_after_a_text_that_breaks_the_segmenter(gold, capsysbinary):
    broken = json.dumps({"id": "b", "text": "CRASH", "units": [{"start": 0, "end": 5, "story": 0}]}) + "\n"
    write(gold, broken.encode() + gold.read_bytes())
    status, out, err = local(capsysbinary, "evaluate", gold, "--json")
    assert status == 1 and json.loads(out)["documents"] == 1
    assert err == (f"segmenter: {gold}, line 1: could not be split, RuntimeError: boom bang "
                   "(please report this, with the input)\n")  # fmt: skip


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_evaluate_writes_utf_8_in_any_locale(tmp_path, gold, args):
    lines = gold.read_bytes() + json.dumps({"id": "قديم", "text": "x", "units": 1}).encode() + b"\n"
    odd = write(tmp_path / "ذهب.jsonl", lines)
    done = process("evaluate", odd, *args, environment={"PYTHONIOENCODING": "ascii"})
    shown = done.stdout.decode("utf-8")
    assert done.returncode == 1 and ("ذهب.jsonl" if args else "F1±1") in shown, done.stderr.decode()


def test_where_every_input_failed_the_output_is_left_as_it_was(tmp_path, capsysbinary):
    old = write(tmp_path / "out.jsonl", "of an earlier run\n")
    bad = write(tmp_path / "bad.jsonl", '{"text": \n')
    for format in ("jsonl", "csv", "html"):
        assert local(capsysbinary, "split", bad, "-o", old, "--format", format)[0] == 1
        assert old.read_text() == "of an earlier run\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "out.jsonl"]


def test_a_picture_is_said_to_be_no_text(tmp_path, capsysbinary):
    picture = write(tmp_path / "page.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")
    status, _, err = local(capsysbinary, "split", picture)
    assert status == 1 and "offset 0" in err and "no text" in err
