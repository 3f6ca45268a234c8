"""Web archives: what is a page of text, and what damage leaves of them."""

from __future__ import annotations

import gzip
import io

import pytest
from archives import members, record, response
from commands import local, records
from samples import ARABIC, read, write

from segmenter.io import origin, read_dumps

PAGES = [record(n, f"page {n}\n{ARABIC}") for n in (1, 2, 3, 4)]
HOST = "https://a.example/"


def numbers(dumps) -> list[int]:
    return [int(dump.id.removeprefix(HOST)) for dump in dumps]


@pytest.mark.parametrize("name", ["a.warc.wet.gz", "a.wet.gz", "a.warc.gz", "a.warc", "a.wet", "a.bin", "a", "a.gz"])
def test_a_page_is_a_dump(tmp_path, name):
    content = b"".join(PAGES) if not name.endswith(".gz") else members(*PAGES)
    dumps, errors = read(write(tmp_path / name, content))
    assert not errors and [dump.text for dump in dumps] == [f"page {n}\n{ARABIC}" for n in (1, 2, 3, 4)]
    assert (dumps[1].id, dumps[1].date, dumps[1].named) == (f"{HOST}2", "2024-01-02T00:00:00Z", True)
    assert dumps[1].meta == {"record_id": "urn:uuid:2"} and dumps[1].place.startswith("record 2 (offset ")


def test_on_standard_input_it_is_told_by_its_first_bytes(monkeypatch):
    for content in (b"".join(PAGES), members(*PAGES), gzip.compress(b"".join(PAGES))):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert numbers(read("-")[0]) == [1, 2, 3, 4]
    assert len(read("-")[0]) == 1  # read to its end


def test_a_text_that_begins_like_an_archive_is_a_text_where_its_name_says_so(tmp_path):
    [dump], [] = read(write(tmp_path / "a.txt", PAGES[0]))
    assert dump.text.startswith("WARC/1.0")


def test_what_is_no_text_is_left_out_and_counted_once(tmp_path, capsysbinary):
    content = members(
        record(1, "software: x", "warcinfo", "application/warc-fields"), response(2, b"<p>", "text/html"),
        response(3, "café\r\n".encode("latin-1"), "text/plain; charset=latin-1"), response(4, b"gone", status="404 No"),
        record(5, b"\x89PNG", "resource", "image/png"), record(6, "six", "resource"), record(7, "GET", "request"),
    )  # fmt: skip
    path = write(tmp_path / "a.warc.gz", content)
    said: list[str] = []
    dumps = list(read_dumps(path, notice=said.append))
    assert [(dump.id, dump.text) for dump in dumps] == [(f"{HOST}3", "café\r\n"), (f"{HOST}6", "six")]
    [line] = said
    assert "5 of 7 records" in line and "1 text/html" in line and "1 with HTTP status 404" in line
    status, out, err = local(capsysbinary, "split", path, "-f", "jsonl")
    assert status == 0 and len(records(out)) == 2 and err == f"segmenter: {line}\n"
    status, _, err = local(capsysbinary, "cluster", "--dry-run", "--store", tmp_path / "no.db", path)
    assert status == 0 and line in err and "2 dumps read, 2 new" in err


def test_bodies_as_they_came_over_the_wire(tmp_path):
    chunked = b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
    content = b"".join([
        response(1, chunked, extra="Transfer-Encoding: chunked\r\n"),
        response(2, gzip.compress(b"packed"), extra="Content-Encoding: gzip\r\n"),
        response(3, b"zz", extra="Transfer-Encoding: chunked\r\n"),
        response(4, b"zz", extra="Content-Encoding: br\r\n"), response(5, b"zz", extra="Content-Encoding: gzip\r\n"),
        record(6, b"no header", "response", "application/http"), response(7, b"\xff", "text/plain; charset=klingon"),
        response(8, b"\xff"), response(9, b"last"),
    ])  # fmt: skip
    dumps, errors = read(write(tmp_path / "a.warc", content))
    assert [dump.text for dump in dumps] == ["hello!", "packed", "last"]
    assert [error.place.split()[1] for error in errors] == ["3", "4", "5", "6", "7", "8"]
    for error, words in zip(errors, ["chunks", "'br'", "gzip", "no HTTP header", "klingon", "0xff"], strict=True):
        assert words in error.reason and error.remedy


DAMAGED = bytearray(members(PAGES[1]))
DAMAGED[len(DAMAGED) // 2] ^= 0xFF
WRONG_SUM = bytearray(members(PAGES[1]))
WRONG_SUM[-6] ^= 0xFF


@pytest.mark.parametrize("bad", [bytes(DAMAGED), bytes(WRONG_SUM), members(PAGES[1])[:-20], members(PAGES[1])[:30],
                                 members(record(2, "x" * 50, length=900)), members(record(2, "x" * 50, length=9)),
                                 members(b"WARC/1.0\r\nno end")], ids=range(7))  # fmt: skip
def test_a_damaged_member_takes_no_other_with_it(tmp_path, bad):
    good = members(PAGES[0])
    dumps, [error] = read(write(tmp_path / "a.warc.gz", good + bad + members(*PAGES[2:])))
    assert numbers(dumps) == [1, 3, 4] and error.place == f"record 2 (offset {len(good)})" and error.remedy
    dumps, [error] = read(write(tmp_path / "a.warc.gz", good + bad))  # at the end
    assert numbers(dumps) == [1] and error.place == f"record 2 (offset {len(good)})"


@pytest.mark.parametrize("bad", [
    record(2, "x" * 50, length=9), record(2, "x" * 50, length=60), record(2, "x" * 50, length=10**9),
    record(2, "x" * 50, length=-5), record(2, "x" * 50, length="many"), record(2, "x" * 50, length="9" * 99),
    record(2, "x", extra=f"X: {'x' * 100_000}\r\n"), PAGES[1][:-60], b"rubbish\r\n" * 9, b"WARC/1.0\r\n\r\n",
    record(2, "x" * 50, "request", length=80), b"WARC/",
], ids=range(12))  # fmt: skip
def test_a_damaged_record_takes_no_other_with_it(tmp_path, bad):
    dumps, errors = read(write(tmp_path / "a.warc", PAGES[0] + bad + b"\r\n" + b"".join(PAGES[2:])))
    assert numbers(dumps) in ([1, 3, 4], [3, 4]) and len(errors) == 1 and errors[0].place.startswith("record ")


def test_an_archive_that_is_cut_off_says_so(tmp_path):
    whole = b"".join(PAGES[:2])
    for end in (len(PAGES[0]) + 3, len(PAGES[0]) + 100, len(whole) - 10):
        dumps, [error] = read(write(tmp_path / "a.warc", whole[:end]))
        assert numbers(dumps) == [1] and error.place.startswith("record 2 (offset ")
    assert numbers(read(write(tmp_path / "a.warc", whole[:-4]))[0]) == [1, 2]  # only the line ends are missing


def test_what_is_no_archive_is_one_error(tmp_path):
    for content in (b"not one\n" * 9999, b"\x00" * 99_999, gzip.compress(b"no"), b"x"):
        name = "a.warc.gz" if content[:2] == b"\x1f\x8b" else "a.warc"
        dumps, [error] = read(write(tmp_path / name, content))
        assert not dumps and "no WARC record" in error.reason
    assert read(write(tmp_path / "a.warc", b"")) == ([], [])


def test_limits(tmp_path, monkeypatch):
    monkeypatch.setattr(origin, "_ROOM", 100)
    content = [
        record(1, "x" * 500),
        response(2, b"x" * 5000),
        record(3, "ok"),
        record(4, "x" * 60),
        response(5, gzip.compress(b"x" * 10_000), extra="Content-Encoding: gzip\r\n"),
        record(6, "ok"),
    ]
    for packed in (b"".join(content), members(*content)):
        dumps, errors = read(write(tmp_path / "a.wet", packed), max_chars=50)
        assert numbers(dumps) == [3, 6] and [error.place.split()[1] for error in errors] == ["1", "2", "4", "5"]
        assert all("--max-dump-chars" in error.remedy for error in errors[:3]) and "unpacks" in errors[3].reason


def test_pages_are_those_that_fastwarc_finds(tmp_path):
    warc = pytest.importorskip("fastwarc.warc")
    content = members(*PAGES, response(5, b"five"), record(6, "six", "resource"))
    ours, _ = read(write(tmp_path / "a.warc.gz", content))
    theirs = [(one.headers["WARC-Target-URI"], one.reader.read().decode()) for one in
              warc.ArchiveIterator(io.BytesIO(content), parse_http=True)]  # fmt: skip
    assert [(dump.id, dump.text) for dump in ours] == theirs
