"""The numbers of a block's cue n-grams: what furniture and the edges of stories are worded like.

Words and pairs of words, marked by whether they stand at the beginning or the end, and runs of three and four
characters of the words, so that a wording never seen shares something with those that were. Each is hashed to one of
`BUCKETS` numbers.

The hash is a checksum, and that of two stretches follows from those of each: what is known of the words is remembered,
and the pairs of all blocks are made of it at once.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .characters import normalised
from .lookup import halved, look_up
from .sequences import edges_of

BUCKETS = 1 << 14
EDGE_CHARS = 64
"""How much of a block's beginning and of its end the n-grams see."""

CACHE = 32_768
"""Words that are remembered; about 12 MB."""

LONGEST = 48
"""A longer word is not remembered: it hardly comes again."""

OF_SHORT, OF_LONG = 8, 4
"""The first words of a block, of which there are runs of characters: of a short block, and of a longer one."""

PIECE = 4_096
"""Blocks that are looked at in one go, for the memory of a long text."""

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_FIRST, _WHOLE, _PLAIN = crc32(b"^"), crc32(b"="), crc32(b"w")

# What is known of a word: checksums of it as a word, as the first, as the last, and of it alone; of it and a space as
# any word and as the first, which those of pairs go on from; its size in bytes.
_ROW = struct.Struct("7I")
PLAIN, FIRST, LAST, ALONE, SPACED, FIRST_SPACED, SIZE = range(7)
_rows: dict[str, bytes] = {}
_runs: dict[str, bytes] = {}

Numbers = NDArray[np.int64]


def cue_bags(text: str, starts: Numbers, ends: Numbers) -> tuple[NDArray[np.uint16], Numbers]:
    """The n-grams of blocks: their numbers one after the other, and where each block's begin (n + 1 offsets).

    Parameters
    ----------
    text : str
    starts, ends : ndarray of int64, shape (n,)
        Places of the blocks in it, in order.
    """
    if len(starts) <= PIECE:
        return _bags(text, starts, ends)
    parts = [_bags(text, starts[low : low + PIECE], ends[low : low + PIECE]) for low in range(0, len(starts), PIECE)]
    sizes = np.concatenate([np.diff(offsets) for _, offsets in parts])
    return np.concatenate([numbers for numbers, _ in parts]), edges_of(sizes)


def _bags(text: str, starts: Numbers, ends: Numbers) -> tuple[NDArray[np.uint16], Numbers]:
    global _rows, _runs
    sizes = ends - starts
    whole = sizes <= 2 * EDGE_CHARS
    heads = normalised(text, starts, np.where(whole, ends, starts + EDGE_CHARS))
    tails = normalised(text, np.where(whole, ends, ends - EDGE_CHARS), ends)
    clean = [f"{head} {tail}".lower() for head, tail in zip(heads, tails, strict=True)]
    words = list(map(_WORD.findall, clean))
    short = sizes <= EDGE_CHARS
    first = [own[:most] for own, most in zip(words, np.where(short, OF_SHORT, OF_LONG).tolist(), strict=True)]
    _rows, _runs = halved(_rows, CACHE), halved(_runs, CACHE)
    rows = b"".join(look_up(list(chain.from_iterable(words)), _rows, _checksums, LONGEST))
    runs = look_up(list(chain.from_iterable(first)), _runs, _characters, LONGEST)
    lines = [crc32(_bytes(" ".join(clean[i].split())), _WHOLE) for i in np.flatnonzero(short).tolist()]
    return _laid_out(np.frombuffer(rows, dtype=np.uint32).reshape(-1, SIZE + 1), _lengths(words), runs,
                     _lengths(first), np.array(lines, dtype=np.uint32), short)  # fmt: skip


def _laid_out(rows: NDArray[np.uint32], words: Numbers, runs: Sequence[bytes], first: Numbers,
              lines: NDArray[np.uint32], short: NDArray[np.bool_]) -> tuple[NDArray[np.uint16], Numbers]:  # fmt: skip
    """For each block, `words` of the `rows` and runs of characters of `first` of them, and a line if it is `short`."""
    filled = words > 0
    last = np.cumsum(words)[filled] - 1
    start = last - words[filled] + 1
    inner = np.ones(len(rows), dtype=bool)
    inner[last] = False
    pairs = _gone_on(rows[:-1, SPACED], rows[1:])[inner[:-1]] if len(rows) else rows[:, PLAIN]
    second = np.where(words[filled] > 1, start + 1, start)
    opening = np.where(words[filled] > 1, _gone_on(rows[start, FIRST_SPACED], rows[second]), rows[start, FIRST_SPACED])
    edges = np.stack([rows[start, FIRST], rows[last, LAST], opening], axis=1).ravel()
    characters = np.frombuffer(b"".join(runs), dtype=np.uint16)
    owner = np.repeat(np.arange(len(words)), first)
    of_characters = np.bincount(owner, _lengths(runs) // characters.itemsize, len(words)).astype(np.int64)
    kinds = ((pairs, np.maximum(0, words - 1)), (rows[:, PLAIN], words), (edges, 3 * filled),
             (characters, of_characters), (lines, short.astype(np.int64)))  # fmt: skip
    offsets = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(sum(count for _, count in kinds), out=offsets[1:])
    numbers = np.empty(offsets[-1], dtype=np.uint16)
    at = offsets[:-1].copy()
    for values, count in kinds:
        before = np.cumsum(count) - count
        numbers[np.arange(len(values)) + np.repeat(at - before, count)] = values.astype(np.uint16)
        at += count
    return numbers % np.uint16(BUCKETS), offsets


def _gone_on(before: NDArray[np.uint32], rows: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """Checksums, but for their upper bits, of stretches with the checksums `before` and then the words of the rows."""
    if not len(rows):
        return np.zeros(0, dtype=np.uint16)
    size = rows[:, SIZE]
    table = _shifts(1 << int(size.max()).bit_length())
    parts = (table[size, byte, (before >> np.uint32(8 * byte)) & np.uint32(255)] for byte in range(4))
    gone_on: NDArray[np.uint16] = np.bitwise_xor.reduce([*parts, rows[:, ALONE].astype(np.uint16)])
    return gone_on


@cache
def _shifts(sizes: int) -> NDArray[np.uint16]:
    """What becomes of a checksum, byte by byte, when so many zero bytes follow: shape (sizes, 4, 256), lower bits.

    A checksum is linear in its beginning, so that of two stretches is that of the first, moved on by the size of the
    second, and that of the second (as in zlib's ``crc32_combine``).
    """
    # One zero byte: what comes out of the register goes back in, by the bits that the checksum of a byte has changed.
    table = np.array([crc32(bytes([byte])) ^ crc32(b"\0") for byte in range(256)], dtype=np.uint32)
    moved = np.arange(256, dtype=np.uint32) << (8 * np.arange(4, dtype=np.uint32)[:, None])
    out = np.zeros((sizes, 4, 256), dtype=np.uint16)
    for size in range(sizes):
        out[size] = moved
        moved = (moved >> np.uint32(8)) ^ table[moved & np.uint32(255)]
    return out


def _checksums(words: Sequence[str]) -> Iterator[bytes]:
    for word in map(_bytes, words):
        first = crc32(word, _FIRST)
        yield _ROW.pack(crc32(word, _PLAIN), first, crc32(word + b"$"), alone := crc32(word), crc32(b" ", alone),
                        crc32(b" ", first), len(word))  # fmt: skip


def _characters(words: Sequence[str]) -> Iterator[bytes]:
    """The numbers of the runs of characters of words, uint16."""
    for word in words:
        framed = f"<{word}>"
        runs = [framed[i : i + size] for size in (3, 4) for i in range(len(framed) - size + 1)]
        yield np.array([crc32(_bytes(run)) % BUCKETS for run in runs], dtype=np.uint16).tobytes()


def _lengths(parts: Sequence[Sequence[object]]) -> Numbers:
    return np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
