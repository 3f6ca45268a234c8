"""Words as numbers, so that stories can be compared by the names and rare words they share.

A word is hashed, without a vocabulary; forms of an Arabic word with and without article, conjunction or ending are one.
Scripts without spaces between words are taken two characters at a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..characters import normalise
from ..topics.arabic import stem

CACHE = 200_000
LONGEST = 48

_DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_DENSE}]+|[^\W_{_DENSE}]{{2,}}")
_FIRST_DENSE = re.compile(f"[{_DENSE}]")
_ARABIC = re.compile("[\u0620-\u06ff]")
_CONJUNCTION = re.compile("^(?:[وفبك](?=ال.{3})|و(?=.{4}))")
_STEM = 8
"""Letters of a word in any other script that count; its endings then do not."""


class WordHashes:
    """Hashes words, and remembers those that it has seen."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, text: str) -> NDArray[np.uint32]:
        """The words of a text in order, as 32-bit hashes of their stems.

        Time and memory are linear in the text.
        """
        # A new dictionary and not an emptied one: another thread may be reading the old one.
        known = self._known = self._known if len(self._known) <= CACHE else {}
        found: list[int] = []
        for word in _WORD.findall(normalise(text).lower()) if text else ():
            hashes = known.get(word)
            if hashes is None:
                hashes = tuple(crc32(part.encode()) for part in _parts(word))
                if len(word) <= LONGEST:
                    known[word] = hashes
            found += hashes
        return np.array(found, dtype=np.uint32)


def _parts(word: str) -> Sequence[str]:
    if _FIRST_DENSE.match(word):
        return ["".join(pair) for pair in pairwise(word)] or [word]
    if _ARABIC.match(word):
        return [stem(_CONJUNCTION.sub("", word))]
    return [word[:_STEM].rstrip("sx") or word] if len(word) > 3 else [word]
