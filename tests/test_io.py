"""Readers."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from samples import ARABIC, read, write

from segmenter.errors import InputError, SegmenterError
from segmenter.io import Dump, origin, read_dumps

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


def test_row_over_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(origin, "_ROOM", 50)
    dumps, [error] = read(write(tmp_path / "d.csv", f"text\n{'x' * 100}\nok\n"), max_chars=25)
    assert [dump.text for dump in dumps] == ["ok"] and "limit" in error.reason and error.place == "row 1 (line 2)"


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
