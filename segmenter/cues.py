"""The numbers of a block's cue n-grams: what furniture and the edges of stories are worded like.

Words and pairs of words, marked by whether they stand at the beginning or the end, and runs of three and four
characters of the words, so that a wording never seen shares something with those that were. Each is hashed to one of
`BUCKETS` numbers.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .characters import normalised
from .document import Span

BUCKETS = 1 << 14
EDGE_CHARS = 64
"""How much of a block's beginning and of its end the n-grams see."""

CACHE = 32_768
"""Words of which the n-grams of characters are remembered; about 8 MB."""

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_FIRST, _WHOLE, _PLAIN = crc32(b"^"), crc32(b"="), crc32(b"w")


def cue_bags(text: str, spans: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The n-grams of all blocks: their numbers one after the other, and where each block's begin (n + 1 offsets)."""
    starts = np.array([span.start for span in spans], dtype=np.int64)
    ends = np.array([span.end for span in spans], dtype=np.int64)
    whole = ends - starts <= 2 * EDGE_CHARS
    heads = normalised(text, starts, np.where(whole, ends, starts + EDGE_CHARS))
    tails = normalised(text, np.where(whole, ends, ends - EDGE_CHARS), ends)
    numbers = array("H")
    offsets = array("q", [0])
    for head, tail, short in zip(heads, tails, (ends - starts <= EDGE_CHARS).tolist(), strict=True):
        numbers.extend(_ngrams(" ".join([*head.split(), *tail.split()]).lower(), short))
        offsets.append(len(numbers))
    return np.array(numbers, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _ngrams(clean: str, short: bool) -> list[int]:
    # A checksum goes on from that of what stands before, so a pair of words needs no string of its own.
    texts = _WORD.findall(clean)
    words = [_bytes(text) for text in texts]
    grams = [crc32(b, crc32(b" ", crc32(a))) % BUCKETS for a, b in pairwise(words)]
    grams += [crc32(word, _PLAIN) % BUCKETS for word in words]
    if words:
        start = crc32(words[0], _FIRST)
        grams += [start % BUCKETS, crc32(b"$", crc32(words[-1])) % BUCKETS,
                  crc32(b" " + (words[1] if len(words) > 1 else b""), start) % BUCKETS]  # fmt: skip
    for text in texts[: 8 if short else 4]:
        grams += _characters(text)
    if short:
        grams.append(crc32(_bytes(clean), _WHOLE) % BUCKETS)
    return grams


@lru_cache(CACHE)
def _characters(word: str) -> array[int]:
    """The numbers of the runs of characters of a word."""
    framed = f"<{word}>"
    runs = [framed[i : i + size] for size in (3, 4) for i in range(len(framed) - size + 1)]
    return array("H", [crc32(_bytes(run)) % BUCKETS for run in runs])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
