"""Words as numbers without a vocabulary: every word is hashed to a column (Weinberger et al., 2009).

An embedding trained by contrast knows which texts belong together; it blurs the single words that name a topic. These
features bring them back. A word also counts by its beginning, so that the forms of Arabic and French meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..lookup import halved, look_up

MAX_CHARS = 2_000
STEM = 5
CACHE = 131_072
"""Stretches without white space that are remembered; about 30 MB."""

LONGEST = 48
"""A longer stretch is not remembered: it hardly comes again, and texts without spaces would fill the memory."""

_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\ufeff]")
_LETTERS = str.maketrans("أإآٱىیةؤئک", "ااااييهويك")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ARABIC_PREFIX = re.compile("^(?:وال|فال|بال|كال|ولل|لل|ال)(?=.{3})")


class HashedWords:
    """Counts of hashed words and word beginnings.

    Parameters
    ----------
    columns : int
        Number of columns.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._known: dict[str, bytes] = {}

    def rows(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """The features of texts as a sparse matrix in rows.

        Parameters
        ----------
        texts : sequence of str
            Only the first `MAX_CHARS` code points of each are read: news tells its topic at the top.

        Returns
        -------
        columns : ndarray of int64
            Distinct columns of all texts, one text after the other.
        offsets : ndarray of int64, shape (len(texts) + 1,)
            Where each text begins in it.
        values : ndarray of float32
            Square root of the count, scaled so that every row has length 1.
        """
        found = [self._columns(text) for text in texts]
        sizes = [len(columns) // np.dtype(np.int64).itemsize for columns in found]
        flat = np.frombuffer(b"".join(found), dtype=np.int64)
        # One number for the row and the column, so that all texts are counted in one go.
        keys, counts = np.unique(np.repeat(np.arange(len(texts)), sizes) * self.columns + flat, return_counts=True)
        rows = keys // self.columns
        length = np.sqrt(np.maximum(sizes, 1))[rows]
        offsets = np.searchsorted(rows, np.arange(len(texts) + 1))
        return keys % self.columns, offsets, (np.sqrt(counts) / length).astype(np.float32)

    def _columns(self, text: str) -> bytes:
        """The columns of a text's words, as bytes of int64."""
        # Nothing that is done to letters looks across white space, so what stands between it is done once.
        self._known = halved(self._known, CACHE)
        return b"".join(look_up(text[:MAX_CHARS].split(), self._known, self._hash_all, LONGEST))

    def _hash_all(self, stretches: Sequence[str]) -> Iterator[bytes]:
        for stretch in stretches:
            words = _WORD.findall(_MARKS.sub("", stretch).translate(_LETTERS).lower())
            yield np.array([column for word in words for column in self._hash(word)], dtype=np.int64).tobytes()

    def _hash(self, word: str) -> tuple[int, ...]:
        word = _ARABIC_PREFIX.sub("", word)
        keys = [word] if len(word) <= STEM else [word, word[:STEM] + "*"]
        return tuple(crc32(key.encode()) % self.columns for key in keys)


def has_word(text: str) -> bool:
    """Whether the part of the text that is read holds a word of at least two letters."""
    text = text[:MAX_CHARS]
    # Marks hide few words, and taking them out of a whole text costs more than looking at its first letters.
    return _WORD.search(text) is not None or _WORD.search(_MARKS.sub("", text)) is not None
