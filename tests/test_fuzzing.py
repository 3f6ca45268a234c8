"""Readers and any bytes at all; `fuzz` goes on for longer."""

from __future__ import annotations

import gzip
import random

import fuzz
import pytest
from archives import members, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import read, write
from strategies import ugly_text

from segmenter.io import origin

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(origin, "_ROOM", 4000)
    monkeypatch.setattr(fuzz.target_readers, "folder", str(tmp_path), raising=False)


@relaxed
@given(st.binary(max_size=300), st.integers(0, len(fuzz.ENDINGS) - 1))
def test_any_bytes_under_any_name(data, ending):
    fuzz.target_readers(bytes([ending]) + data)


@relaxed
@given(st.sampled_from(fuzz.seeds()), st.integers(0, len(fuzz.ENDINGS) - 1), st.integers(0, 2**32))
def test_what_is_nearly_right(data, ending, seed):
    chance = random.Random(seed)
    fuzz.target_readers(bytes([ending]) + fuzz.mutated(data, chance, fuzz.seeds()[:2]))


@relaxed
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | ugly_text(3),
                    lambda inner: st.lists(inner) | st.dictionaries(ugly_text(2), inner)))  # fmt: skip
def test_json_of_any_value(value):
    fuzz.target_json(repr(value).encode("utf-8", "replace"))


@relaxed
@given(st.lists(ugly_text(8), min_size=1, max_size=5), st.data())
def test_one_damaged_byte_of_an_archive_costs_few_records(tmp_path, texts, data):
    pages = [record(n + 1, text) for n, text in enumerate(texts)]
    packed = members(*pages)
    whole, errors = read(write(tmp_path / "a.warc.gz", packed))
    assert not errors and [dump.text for dump in whole] == texts
    at = data.draw(st.integers(0, len(packed) - 1))
    broken = bytearray(packed)
    broken[at] ^= data.draw(st.integers(1, 255))
    dumps, errors = read(write(tmp_path / "a.warc.gz", bytes(broken)))
    left = len(members(*pages[:1])) if len(pages) > 1 else 0
    assert len(errors) <= 1 and [dump for dump in dumps if dump.text not in texts] == []
    # The first member tells that it is an archive at all; a byte of a later one spares it.
    assert len(dumps) >= len(texts) - 1 or at < left


@relaxed
@given(st.lists(ugly_text(10), max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
def test_csv_of_ugly_text_comes_back(tmp_path, texts, end):
    rows = "".join(f'"{text.replace(chr(34), chr(34) * 2)}",x{end}' for text in texts)
    content = gzip.compress(f"text,n{end}{rows}".encode())
    dumps, errors = read(write(tmp_path / "a.csv.gz", content))
    assert not errors and [dump.text for dump in dumps] == texts
