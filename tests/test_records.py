"""Fingerprints as bytes: what is restored from a store is what was in memory."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmenter.tracking import Fingerprint

HALVES = st.floats(-1, 1, width=16)
WORDS = st.integers(0, 2**32 - 1)


@given(arrays(np.float16, st.integers(0, 40), elements=HALVES),
       arrays(np.uint32, st.tuples(st.integers(0, 20), st.just(2)), elements=WORDS),
       arrays(np.uint32, st.integers(0, 20), elements=WORDS))  # fmt: skip
def test_fingerprints_come_back_exactly(vector, words, shingles):
    before = Fingerprint(vector.astype(np.float32), words, shingles)
    after = Fingerprint.from_bytes(*before.to_bytes())
    for name in ("vector", "words", "shingles"):
        old, new = getattr(before, name), getattr(after, name)
        assert new.dtype == old.dtype and new.shape == old.shape
        assert np.array_equal(new, old)


def test_bytes_are_little_endian():
    parts = Fingerprint(np.array([1.0], np.float32), np.array([[1, 2]], np.uint32), np.array([3], np.uint32)).to_bytes()
    assert parts == (b"\x00\x3c", b"\x01\0\0\0\x02\0\0\0", b"\x03\0\0\0")
