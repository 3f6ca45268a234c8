"""Writers, and what keeps their output whole."""

from __future__ import annotations

import csv
import json
import os
import stat
import time
from datetime import date
from pathlib import Path

import pytest
from samples import document, write

from segmenter.document import Document
from segmenter.io import OutputError, open_writer, plain
from segmenter.io.terminal import document_text, harmless, one_line

# --- output --------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, format: str, *documents: Document) -> Path:
    target = tmp_path / f"out.{format}"
    with open_writer(format, target) as writer:
        for one in documents:
            writer.write(one)
    assert [path for path in tmp_path.iterdir() if path != target] == []
    return target


def test_jsonl_is_strict_and_one_line_a_document(tmp_path):
    odd = document(id="a\u2028b", date="2024", meta={"n": float("inf"), "stories": 3, "d": date(2024, 1, 2)})
    lines = written(tmp_path, "jsonl", odd, document(id="ب")).read_text("utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert (first["id"], first["n"], first["input_stories"], first["d"]) == ("a\u2028b", None, 3, "2024-01-02")
    assert first["length"] == len(odd.text)
    assert first["segments"][0] == {"start": 0, "end": 6, "kind": "headline", "story": 0}
    assert "text" not in first and "blocks" not in first and '"id": "ب"' in lines[1] and second["boundaries"] == []


def test_csv_round_trip(tmp_path):
    one, two = document(id="1", meta={"title": "t,\r", "a": [1]}), document(id="2", date="2024", meta={"b": True})
    with open(written(tmp_path, "csv", one, two), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert "".join(row["text"] for row in rows if row["id"] == "1") == one.text
    assert rows[0]["input_title"] == "t,\r" and rows[0]["a"] == "[1]" and rows[0]["b"] == "" and rows[-1]["b"] == "true"
    assert rows[0]["story"] == "0" and rows[2]["story"] == "" and rows[-1]["date"] == "2024"


def test_parquet_round_trip(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    one = document(id="1", meta={"n": 1, "mixed": 1, "big": 1 << 70, "none": None, "title": "t"})
    two = document(id="2", meta={"n": 2.5, "mixed": "x", "flag": False})
    rows = pq.read_table(written(tmp_path, "parquet", one, two)).to_pylist()
    assert "".join(row["text"] for row in rows if row["id"] == "2") == two.text
    assert (rows[0]["n"], rows[-1]["n"], rows[0]["mixed"], rows[-1]["mixed"]) == (1.0, 2.5, "1", '"x"')
    assert (rows[0]["big"], rows[0]["none"], rows[0]["input_title"]) == (str(1 << 70), None, "t")
    assert rows[-1]["flag"] is False
    assert rows[0]["story"] == 0 and rows[2]["story"] is None and rows[0]["topic_score"] == 0.81


def test_parquet_keeps_whole_numbers_that_no_float_holds(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    big, exact = 2**60 + 1, 2**53
    metas = [{"mixed": big, "pure": big, "exact": -exact}, {"mixed": 1.5, "pure": 1, "exact": 1.5}, {"mixed": None}]
    rows = pq.read_table(written(tmp_path, "parquet", *(Document("x", meta=meta) for meta in metas))).to_pylist()
    assert [row["mixed"] for row in rows] == [str(big), "1.5", None]
    assert [row["pure"] for row in rows] == [big, 1, None] and [row["exact"] for row in rows] == [-exact, 1.5, None]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_carried_columns_never_share_a_name(tmp_path, format):
    ours = "length" if format == "jsonl" else "title"
    meta = {f"input_{ours}": "b", ours: "a", f"input_input_{ours}": "c", "input_x": "d", "x": "e"}
    target = written(tmp_path, format, Document("abc", meta=meta))
    if format == "jsonl":
        record = json.loads(target.read_text("utf-8"))
        assert record["length"] == 3
    elif format == "csv":
        record = next(csv.DictReader(target.read_text("utf-8").splitlines()))
    else:
        [record] = pytest.importorskip("pyarrow.parquet").read_table(target).to_pylist()
    carried = {f"input_{ours}": "a", f"input_input_{ours}": "b", f"input_input_input_{ours}": "c", "input_x": "d",
               "x": "e"}  # fmt: skip
    assert {name: record[name] for name in carried} == carried


def test_parquet_in_several_batches(tmp_path, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("segmenter.io.writers._BATCH_CHARACTERS", 20)
    assert pq.read_table(written(tmp_path, "parquet", *[document()] * 5)).num_rows == 20


def test_html_is_one_page_of_all_documents(tmp_path):
    pytest.importorskip("segmenter.display.html")
    hostile = document("<script>\nx\n\nRead also\nEnd.\n")
    page = written(tmp_path, "html", hostile, document(id="second")).read_text("utf-8")
    assert page.lower().count("<!doctype") == page.count("</html>") == 1
    assert "<script" not in page and "second" in page


@pytest.mark.parametrize("format", ["text", "jsonl", "csv", "parquet", "html"])
def test_output_without_documents_is_valid(tmp_path, format):
    target = written(tmp_path, format)
    if format == "csv":
        assert next(csv.reader(target.read_text("utf-8").splitlines()))[:2] == ["id", "segment"]
    elif format == "parquet":
        table = pytest.importorskip("pyarrow.parquet").read_table(target)
        assert table.num_rows == 0 and "text" in table.column_names
    elif format == "html":
        assert "</html>" in target.read_text("utf-8")
    else:
        assert target.read_bytes() == b""


@pytest.mark.parametrize("format", ["text", "jsonl", "csv", "parquet", "html"])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError])
def test_nothing_half_written_stays(tmp_path, format, interruption):
    target = write(tmp_path / "out", "before")
    with pytest.raises(interruption), open_writer(format, target) as writer:
        writer.write(document())
        raise interruption
    assert target.read_text() == "before" and list(tmp_path.iterdir()) == [target]


def test_a_document_that_cannot_be_written_leaves_no_trace(tmp_path):
    with open_writer("csv", tmp_path / "out.csv") as writer:
        writer.write(document(id="good"))
        with pytest.raises(ValueError, match="surrogate"):
            writer.write(document(id="\ud83d", meta={"new": 1}))
    assert "new" not in (tmp_path / "out.csv").read_text("utf-8").splitlines()[0]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_mode_and_link_of_the_target_stay(tmp_path):
    real, link = write(tmp_path / "real", "x"), tmp_path / "link"
    real.chmod(0o640)
    link.symlink_to(real)
    with open_writer("jsonl", link):
        pass
    assert link.is_symlink() and real.read_bytes() == b"" and stat.S_IMODE(real.stat().st_mode) == 0o640
    umask = os.umask(0o022)
    os.umask(umask)
    with open_writer("jsonl", tmp_path / "new"):
        pass
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~umask
    with open_writer("jsonl", os.devnull) as writer:
        writer.write(document())
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_places_that_cannot_be_written(tmp_path):
    for target in (tmp_path, tmp_path / "none" / "out", write(tmp_path / "file", "x") / "out", "a\x00b"):
        with pytest.raises(OutputError), open_writer("jsonl", target):
            raise AssertionError
    with pytest.raises(ValueError, match="unknown format"), open_writer("docx"):
        raise AssertionError


def test_parquet_is_refused_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(OutputError, match="terminal"), open_writer("parquet"):
        raise AssertionError


# --- text for people -----------------------------------------------------------------------------------------------


def test_text_shows_everything_in_order():
    shown = "".join(document_text(document(id="a")))
    assert shown.splitlines() == [
        "══ a · en · 1 story · 46 characters ══", "",
        "── story 1 of 1 · 0–45 · en · conflict 81 % ──",
        "[headline]", "│ Title", 'Body, "quoted"', "line", "[related]", "│ Read also: x", "End.", "",
    ]  # fmt: skip
    assert "\x1b" not in shown and "\x1b[2m" in "".join(document_text(document(id="a"), color=True))


def test_text_cannot_drive_the_terminal():
    hostile = document("\x1b]0;x\x07\nB\r\x9b2J\n\nRead also\x7f\nEnd.\u202e\n", id="\x1b[2J\n\u2067")
    shown = "".join(document_text(hostile))
    assert not any((ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160 for char in shown)
    assert "\\x1b]0;x\\x07" in shown and "B\\x0d\\x9b2J" in shown and "End.\u202e\u202c" in shown
    assert "\n" not in one_line("a\r\nb\u2028c\td")


@pytest.mark.parametrize(("text", "closed"), [
    ("\u202aa\u202cb", "\u202aa\u202cb"), ("\u202ba", "\u202ba\u202c"),
    ("\u2067a\u202eb", "\u2067a\u202eb\u202c\u2069"),
    ("\u2067\u202ea\u2069b", "\u2067\u202ea\u2069b"), ("\u202c\u2069a", "\u202c\u2069a"),
    ("\u202ea\nb", "\u202ea\u202c\nb"), ("a\r\nb\t", "a\nb\t"),
])  # fmt: skip
def test_bidirectional_controls_are_closed_in_their_line(text, closed):
    assert harmless(text) == closed


@pytest.mark.parametrize("controls", [("\u202a", "\u2069"), ("\u2067", "\u202c"), ("\u2067\u202a", "\u2069")])
def test_closing_takes_linear_time(controls):
    def seconds(count: int) -> float:
        text = controls[0] * count + controls[1] * count
        times = []
        for _ in range(3):
            began = time.process_time()
            harmless(text)
            times.append(time.process_time() - began)
        return min(times)

    # Eight times the text: 64 times the time if it were quadratic.
    assert seconds(40_000) < 30 * max(seconds(5_000), 0.001)


def test_plain_values():
    class Odd:
        def __str__(self) -> str:
            return "odd"

    assert plain({1: {"a"}, "b": (b"x", Odd(), True, None)}) == {"1": ["a"], "b": ["x", "odd", True, None]}


# --- formulas ------------------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://a.example","x")']


def test_csv_without_formulas(tmp_path):
    metas = [{"m": formula, "=column": 1, "number": -5, "list": [-1]} for formula in FORMULAS]
    documents = [document(id=formula, meta=meta) for formula, meta in zip(FORMULAS, metas, strict=True)]
    for safe in (False, True):
        with open_writer("csv", tmp_path / "out.csv", no_formulas=safe) as writer:
            for one in documents:
                writer.write(one)
        with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        mark = "'" if safe else ""
        found = list(dict.fromkeys(row[header.index("m")] for row in rows))
        assert found == [mark + formula for formula in FORMULAS] and f"{mark}=column" in header
        assert list(dict.fromkeys(row[0] for row in rows)) == found and "-5" in rows[0] and "[-1]" in rows[0]
