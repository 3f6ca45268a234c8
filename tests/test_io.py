"""Readers and writers."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from segmenter.document import Block, Document, Story, Topic
from segmenter.errors import InputError, SegmenterError
from segmenter.io import Dump, OutputError, open_writer, plain, read_dumps, tables
from segmenter.io.terminal import document_text, harmless, one_line

ARABIC = "قالت الوزارة إن الاتفاق وُقّع.\nوأضافت أنه يبدأ غدا.\n"


def read(*paths, **options) -> tuple[list[Dump], list[InputError]]:
    found = list(read_dumps(paths, **options))
    return [x for x in found if isinstance(x, Dump)], [x for x in found if isinstance(x, InputError)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def document(text: str = 'Title\nBody, "quoted"\r\nline\n\nRead also: x\nEnd.\n', **about) -> Document:
    """One story with a headline, furniture in the middle, and body after it."""
    ends = [text.index("\n"), text.index("Read also") - 2, text.index("End.") - 1, len(text) - 1]
    starts = [0, ends[0] + 1, text.index("Read also"), text.index("End.")]
    kinds = [("headline", 0), ("body", 0), ("related", None), ("body", 0)]
    blocks = [Block(a, b, *kind) for a, b, kind in zip(starts, ends, kinds, strict=True)]
    own = [block for block in blocks if block.story == 0]
    story = Story.from_blocks(0, text, own, language="en", topics=[Topic("medtop:16000000", "conflict", 0.81)])
    return Document(text, tuple(blocks), (story,), language="en", **about)


# --- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " \n\n ", ARABIC, "a\r\nb\rc\n", "\ufeffa\n", "a\x00b", "a" + "\u0301" * 5000,
                                  "x\u202eabc\u2066y", "<script>alert(1)</script>", "a\u2028b\x85c"])  # fmt: skip
def test_text_is_kept_to_the_code_point(tmp_path, text):
    [dump], errors = read(write(tmp_path / "one.txt", text))
    assert (dump.text, dump.id, errors) == (text, "one", [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_byte_order_mark_names_the_encoding(tmp_path, encoding):
    [dump], errors = read(write(tmp_path / "one.txt", ARABIC.encode(encoding)))
    assert (dump.text, errors) == (ARABIC, [])


def test_wrong_bytes_are_named_with_their_offset_and_a_remedy(tmp_path):
    path = write(tmp_path / "latin.txt", "caf\xe9".encode("latin-1"))
    [], [error] = read(path)
    assert (error.source, error.place) == (str(path), "offset 3")
    assert "0xe9" in error.reason and "--encoding" in error.remedy
    [dump], [] = read(path, encoding="latin-1")
    assert dump.text == "café"


def test_truncated_utf_16_is_an_error(tmp_path):
    dumps, [error] = read(write(tmp_path / "half.txt", ARABIC.encode("utf-16")[:-1]))
    assert not dumps and "utf-16" in error.reason


@pytest.mark.parametrize("text", ["Hello there.\r\n", ARABIC, "«نعم» “لا” … – — yes\n" * 9, "Привет, МИР\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("ending", ["txt", "jsonl", "csv"])
def test_utf_16_without_its_mark_is_named(tmp_path, monkeypatch, text, encoding, ending):
    content = {"txt": text, "jsonl": json.dumps({"text": text}) + "\n", "csv": f'text\n"{text}"\n'}[ending]
    path = write(tmp_path / f"a.{ending}", content.encode(encoding))
    dumps, [error] = read(path)
    assert not dumps and error.place.startswith("offset ") and encoding in error.reason
    assert f"--encoding {encoding}" in error.remedy
    [dump], [] = read(path, encoding=encoding)
    assert dump.text == text
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode(encoding))))
    assert [(str(e.source), e.reason) for e in read("-")[1]] == [("standard input", error.reason)]


@pytest.mark.parametrize("text", [
    "a\x00b\x00\n", "one\x00two\x00\n" * 100, "\x00" * 999, "\x01\x02\x03" * 99, "a\n" * 99, "1\t2\t" * 99,
    "الف\x00باء\x00" * 99, "\x1b[1mx\x1b[0m" * 99, "\x00\x00a" * 99,
])  # fmt: skip
def test_control_characters_are_not_taken_for_utf_16(tmp_path, text):
    [dump], [] = read(write(tmp_path / "a.txt", text))
    assert dump.text == text


@pytest.mark.parametrize("name", ["no-such", "hex", "rot13", "a\x00"])
def test_unknown_encoding_is_refused_at_once(name):
    with pytest.raises(SegmenterError, match="unknown encoding"):
        read_dumps(["x.txt"], encoding=name)


def test_unknown_ending_is_text_and_case_does_not_matter(tmp_path):
    paths = [write(tmp_path / "a.log", "one"), write(tmp_path / "b.JSONL", '{"text": "two"}')]
    dumps, errors = read(*paths)
    assert [dump.text for dump in dumps] == ["one", "two"] and not errors


def test_errors_stand_in_place_and_reading_goes_on(tmp_path):
    found = list(read_dumps([tmp_path / "none.txt", write(tmp_path / "a.txt", "a"), "b\x00.txt",
                             write(tmp_path / "c.txt", "c")]))  # fmt: skip
    assert [type(item) for item in found] == [InputError, Dump, InputError, Dump]
    assert "no such file" in str(found[0]) and "none.txt" in str(found[0])


def test_directory_is_its_known_files_in_order(tmp_path):
    for name in ("b.txt", "a.txt", "c.jsonl", "d.pdf", ".hidden.txt"):
        write(tmp_path / name, '{"text": "x"}')
    (tmp_path / "e.txt").mkdir()
    dumps, errors = read(tmp_path)
    assert [dump.id for dump in dumps] == ["a", "b", "c:1"] and not errors


def test_names_that_do_not_tell_files_apart_are_longer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        Path(folder).mkdir()
        for name, content in {"x.txt": "x", f"{folder}.txt": "y", "t.jsonl": '{"text": "z"}'}.items():
            write(Path(folder, name), content)
    for name in ("x.txt", "y.txt", "y.log", "y.txt.log"):
        write(Path(name), "x")

    def ids(*paths: str) -> list[str]:
        dumps, errors = read(*paths)
        assert not errors
        return [dump.id for dump in dumps]

    assert ids("a", "b") == ["a", "a/t:1", "a/x", "b", "b/t:1", "b/x"]
    assert ids("a/x.txt", "x.txt", "b/t.jsonl") == ["a/x", "x", "t:1"]
    assert ids("y.txt", "y.log", "y.txt.log", "x.txt") == ["y.txt", "y.log", "y.txt.log", "x"]
    assert ids("x.txt", "x.txt") == ["x", "x"]


def test_directory_without_files(tmp_path):
    dumps, [error] = read(tmp_path)
    assert not dumps and "no file that ends in" in error.reason


def test_one_path_alone_and_standard_input(tmp_path, monkeypatch):
    assert [dump.text for dump in read_dumps(str(write(tmp_path / "a.txt", "a")))] == ["a"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\ufeffمرحبا\r\n".encode())))
    [dump], [] = read("-")
    assert (dump.text, dump.id, dump.source) == ("\ufeffمرحبا\r\n", "stdin", "standard input")


# --- JSON Lines ----------------------------------------------------------------------------------------------------


def test_jsonl_carries_columns_through(tmp_path):
    record = {"id": 7, "date": "2024-01-02", "text": "a\u2028b", "n": 1, "tags": ["x"], "score": float("nan")}
    path = write(tmp_path / "d.jsonl", "\ufeff" + json.dumps(record) + "\r\n\n" + '{"text": ""}')
    [one, two], [] = read(path)
    assert (one.id, one.date, one.text, one.place) == ("7", "2024-01-02", "a\u2028b", "line 1")
    assert one.meta == {"n": 1, "tags": ["x"], "score": None}
    assert (two.id, two.text, two.place) == ("d:3", "", "line 3")


@pytest.mark.parametrize(("line", "reason"), [
    (b'{"text": "a"', "not valid JSON"), (b"[1]", "a list"), (b"null", "null"), (b'"x"', "a text"),
    (b'{"body": "a"}', "'body'"), (b"{}", "an empty record"), (b'{"text": null}', "missing"),
    (b'{"text": 5}', "a number"), (b'{"text": ["a"]}', "a list"), (b'{"text": "\\ud83d"}', "surrogate"),
    (b'{"text": "a", "x": ["\\ud83d"]}', "surrogate"), (b'{"text": "a", "\\ude00": 1}', "surrogate"),
    (b'{"text": "a", "id": "\\ud83d"}', "surrogate"), (b'{"text": "a", "id": [1]}', "'id' is a list"),
    (b'{"text": "\xe9"}', "0xe9"), (b"[" * 100_000, "nested"), (b'{"text": ' + b"9" * 5000 + b"}", "JSON"),
])  # fmt: skip
def test_bad_line_amid_good_ones(tmp_path, line, reason):
    path = write(tmp_path / "d.jsonl", b'{"text": "one"}\n' + line + b'\n{"text": "three"}\n')
    dumps, [error] = read(path)
    assert [dump.place for dump in dumps] == ["line 1", "line 3"]
    assert error.place == "line 2" and reason in error.reason and error.remedy


def test_jsonl_in_utf_16_and_in_a_named_encoding(tmp_path):
    line = json.dumps({"text": ARABIC}, ensure_ascii=False) + "\n"
    assert read(write(tmp_path / "a.jsonl", (line * 2).encode("utf-16")))[0][1].text == ARABIC
    plain_line = json.dumps({"text": "مرحبا"}, ensure_ascii=False)
    path = write(tmp_path / "b.jsonl", plain_line.encode("windows-1256"))
    assert read(path, encoding="windows-1256")[0][0].text == "مرحبا"
    dumps, [error] = read(write(tmp_path / "c.jsonl", line.encode("utf-16")[:-1]))
    assert not dumps and error.place.startswith("line") and "not read" in error.reason


def test_whole_surrogate_pair_is_one_code_point(tmp_path):
    [dump], [] = read(write(tmp_path / "d.jsonl", '{"text": "\\ud83d\\ude00"}'))
    assert dump.text == "\U0001f600"


def test_reading_is_lazy(tmp_path):
    path = write(tmp_path / "d.jsonl", '{"text": "one"}\n' * 50_000)
    dumps = read_dumps([path, tmp_path / "none"])
    assert next(dumps).place == "line 1"
    dumps.close()


# --- CSV -----------------------------------------------------------------------------------------------------------


def test_csv_with_line_ends_quotes_and_a_long_field(tmp_path):
    long = "ب" * 200_000
    buffer = io.StringIO()
    rows = [["id", "text", "date", "title"], ["a", 'x "y"\r\nz\r', "2024", ""], ["", long, "", "t"]]
    csv.writer(buffer).writerows(rows)
    [one, two], [] = read(write(tmp_path / "d.csv", "\ufeff" + buffer.getvalue()))
    assert (one.id, one.text, one.date, one.meta) == ("a", 'x "y"\r\nz\r', "2024", {"title": ""})
    assert (two.id, two.text, two.date, two.place) == ("d:2", long, None, "row 2 (line 5)")


@pytest.mark.parametrize(("content", "place", "reason"), [
    ("", "", "no header"), ("id,body\n1,x\n", "line 1", "'body'"), ("text,text\na,b\n", "line 1", "2 times"),
    ('"a"b,text\n', "line 1", "not valid CSV"), (b"t\xe9xt,text\n", "line 1", "0xe9"),
])  # fmt: skip
def test_bad_header(tmp_path, content, place, reason):
    dumps, [error] = read(write(tmp_path / "d.csv", content))
    assert not dumps and error.place == place and reason in error.reason and error.remedy


@pytest.mark.parametrize(("row", "reason"), [
    (b"a,b,c", "3 fields"), (b"a", "1 fields"), (b'"a"b,c', "not valid CSV"), (b"\xe9,c", "0xe9"),
])  # fmt: skip
def test_bad_row_amid_good_ones(tmp_path, row, reason):
    dumps, [error] = read(write(tmp_path / "d.csv", b"text,id\none,1\n" + row + b"\n\nthree,3\n"))
    assert [dump.text for dump in dumps] == ["one", "three"]
    assert error.place == "row 2 (line 3)" and reason in error.reason and error.remedy


def test_quotation_mark_that_is_never_closed_ends_the_file(tmp_path):
    dumps, [error] = read(write(tmp_path / "d.csv", 'text\none\n"two\nthree\n'))
    assert [dump.text for dump in dumps] == ["one"] and "not read" in error.reason


def test_field_over_the_limit(tmp_path, monkeypatch):
    before = csv.field_size_limit(50)
    monkeypatch.setattr(tables, "FIELD_LIMIT", 50)
    try:
        dumps, [error] = read(write(tmp_path / "d.csv", f"text\n{'x' * 100}\nok\n"))
    finally:
        csv.field_size_limit(before)
    assert [dump.text for dump in dumps] == ["ok"] and "limit" in error.reason


def test_csv_carries_nul_and_takes_another_column(tmp_path):
    [dump], [] = read(write(tmp_path / "d.csv", "body,text\na\x00b,c\n"), text_column="body")
    assert dump.text == "a\x00b" and dump.meta == {"text": "c"}


# --- Parquet -------------------------------------------------------------------------------------------------------


def test_parquet_types_and_bad_rows(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({
        "text": pa.array(["one", None, "three"] * 60), "id": pa.array([1.0, 2.0, None] * 60),
        "date": pa.array([datetime(2024, 1, 2), None, None] * 60, pa.timestamp("ns")),
        "day": pa.array([date(2024, 1, 2)] * 180), "x": pa.array([float("nan")] * 180), "b": pa.array([b"\xff"] * 180),
        "tags": pa.array([[{"a": 1}]] * 180),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "d.parquet")
    dumps, errors = read(tmp_path / "d.parquet")
    assert len(dumps) == 120 and len(errors) == 60 and errors[0].place == "row 2"
    assert (dumps[0].id, dumps[0].date) == ("1", "2024-01-02T00:00:00")
    assert dumps[0].meta == {"day": "2024-01-02", "x": None, "b": "/w==", "tags": [{"a": 1}]}
    assert (dumps[1].id, dumps[1].date) == ("d:3", None)


def test_bad_parquet(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"body": ["x"]}), tmp_path / "b.parquet")
    pq.write_table(pa.table({"text": [1]}), tmp_path / "c.parquet")
    pq.write_table(pa.table([pa.array(["x"]), pa.array(["y"])], ["text", "text"]), tmp_path / "d.parquet")
    paths = [write(tmp_path / "a.parquet", b"PAR1 nonsense"), *(tmp_path / f"{x}.parquet" for x in "bcd"),
             write(tmp_path / "e.parquet", b"")]  # fmt: skip
    dumps, errors = read(*paths)
    assert not dumps and len(errors) == 5 and all(error.remedy for error in errors)
    assert "not readable as Parquet" in str(errors[0]) and "'body'" in str(errors[1]) and "a number" in str(errors[2])


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
