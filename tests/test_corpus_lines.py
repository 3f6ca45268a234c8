"""One large file of JSON lines is cut into parts, which hold what the file as a whole gives."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from commands import Fake, local, write
from hypothesis import given
from hypothesis import strategies as st
from test_corpus import assert_equal, jsonl, parts, run

from segmenter.corpus import HereEngine, split_corpus
from segmenter.corpus.making import Job
from segmenter.corpus.making import _dumps as dumps_of
from segmenter.corpus.plan import ROWS, plan
from segmenter.errors import SegmenterError
from segmenter.io import read_dumps

LINES = st.one_of(
    st.builds(lambda text, id: json.dumps({"text": text} | id).encode(), st.text("ab\u0627\u2028 ", max_size=9),
              st.sampled_from([{}, {"id": "own"}, {"n": 1}, {"n": 2.5}])),
    st.sampled_from([b"", b"  ", b"\r", b"{not json", b'{"text": 3}', b'{"text": "\xc7\xe1"}',
                     b'\xef\xbb\xbf{"text": "marked"}',
                     b"\xff\xfe{\x00", b"\x1f\x8b\x08\x00", b"(\xb5/\xfd", b"a\x00b\x00c\x00d\x00e\x00", b"[1]",
                     b'{"text": "' + b"x" * 100 + b'"}', '{"text": "\u0627\u0644\u0642\u0645\u062d"}\r'.encode()]),
)  # fmt: skip


@given(st.lists(LINES, max_size=12), st.integers(1, 150), st.booleans(), st.booleans(),
       st.sampled_from([None, None, "utf-8", "windows-1256", "utf-8-sig", "utf-16"]))  # fmt: skip
def test_a_file_of_lines_is_read_in_ranges_as_in_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int, mark: bool, end: bool, encoding: str | None
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    write(path, b"\xef\xbb\xbf" * mark + b"\n".join(lines) + b"\n" * end)
    found, _ = plan([str(path)], size=size, encoding=encoding)
    pieces = [piece for part in found for piece in part.pieces]
    job = Job("", "", "jsonl", Fake(), encoding=encoding)
    read = [dump for part in found for dump in dumps_of(job, part, [])]
    assert list(map(repr, read)) == list(map(repr, read_dumps(path, encoding=encoding)))
    if len(pieces) > 1:
        content = path.read_bytes()
        cuts = [piece.offset for piece in pieces] + [len(content)]
        for piece, start, stop in zip(pieces, cuts, cuts[1:], strict=False):
            assert content[:start].count(b"\n") == piece.start and content[stop - 1 : stop] in (b"\n", content[-1:])
            assert size <= stop - start < size + 150 or stop == len(content)


def test_what_cannot_be_cut_is_one_part(tmp_path: Path) -> None:
    line = json.dumps({"text": "word " * 20}) + "\n"
    for name, content, count in (("a.jsonl", line * 50, 17), ("a.ndjson", line * 50, 17), ("b.jsonl", "\n" * 1000, 4),
                                 ("a.csv", "text\n" + "word\n" * 900, 1), ("c.jsonl", line[:-1] * 50, 1),
                                 ("gzip.jsonl", gzip.compress(os.urandom(2000)), 1), ("a.jsonl.gz", line * 50, 1),
                                 ("wide.jsonl", (line * 50).encode("utf-16"), 1), ("d.jsonl", b"\xff\xfe" * 500, 1),
                                 ("unmarked.jsonl", (line * 50).encode("utf-16-le"), 1)):  # fmt: skip
        found, _ = plan([str(write(tmp_path / name, content))], size=300)
        assert len(found) == count, name
        assert len({part.made_of for part in found}) == count
    for encoding in ("utf-16", "utf-7", "cp037", "shift_jis", "no such"):
        assert len(plan([str(tmp_path / "a.jsonl")], size=300, encoding=encoding)[0]) == 1
    assert len(plan([str(tmp_path / "a.jsonl")])[0]) == 1


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
@pytest.mark.parametrize("size", [1, 100, 1000])
def test_one_file_of_lines_gives_parts_that_hold_what_one_file_would(tmp_path: Path, format: str, size: int,
                                                                     capsysbinary) -> None:  # fmt: skip
    records = [{"text": f"text {n}\n\nmore", "n": n / 2 if n == 30 else n} | ({"id": n} if n % 3 else {})
               for n in range(40)]  # fmt: skip
    lines = [json.dumps(record) for record in records]
    lines[7:7] = ["", "{not json", '{"text": "CRASH"}\r', '{"text": 3}', ' {"text": "", "n": "word"}']
    path = write(tmp_path / "a.jsonl", "\ufeff" + "\n".join(lines))
    one, out = tmp_path / f"one.{format}", tmp_path / "out"
    _, _, said = local(capsysbinary, "split", path, "-o", one)
    status, _, again = local(capsysbinary, "split", path, "-o", f"{out}/", "--format", format, "--part-bytes", size)
    *errors, summary = again.splitlines()
    assert status == 1 and errors == said.splitlines() and "a.jsonl, line 9: not valid JSON" in said
    assert f"{len(parts(out))} parts; 41 dumps" in summary and len(parts(out)) == {1: 45, 100: 14, 1000: 2}[size]
    assert_equal(out, one)
    # What is missing is made, and nothing else; a file that was changed is made anew, and so is all of it.
    options = {"format": format, "size": size, "text_column": "text"}
    gone = parts(out)[-1]
    gone.unlink()
    count = len(parts(out))
    made, kept = run(out, [path], rows=ROWS, **options)
    assert made == [gone.name] and len(kept) == count
    assert_equal(out, one)
    write(path, path.read_text().replace("text 39", "TEXT 39"))
    assert run(out, [path], rows=ROWS, **options)[1] == []


def test_a_file_that_changes_while_it_is_read_in_parts_ends_the_run(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", *({"text": f"text {n}"} for n in range(10, 50)))

    class Changes(HereEngine):
        """Puts an input of the same size in its place."""

        def run(self, function, items):
            for number, item in enumerate(items):
                if number == 1:
                    write(path, path.read_bytes().replace(b"text 10", b"TEXT 10"))
                yield item, function(item)

    with pytest.raises(SegmenterError, match="it has changed since the run began"):
        split_corpus([path], tmp_path / "out", Fake(), size=100, engine=Changes())
