"""Characters as numbers: what each is, and the copy of a text that features are taken from.

Both look every character up in a table of the code points below 65,536, a portion of the text at a time, so that time
and memory stay small beside the text. What lies beyond the table (emoji, rare scripts) is a mark like others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

PORTION = 1 << 17
"""Code points that are looked at in one go."""

TABLE = 1 << 16
BEYOND = 0x2605

_MARKS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
)
_LETTERS = str.maketrans("أإآٱىةؤئکی٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹123456789", "اااايهويكي" + "0" * 29)
_GONE = np.uint32(0xFFFF_FFFF)

SCRIPTS = {
    "latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x1E00, 0x1EFF)),
    "arabic": ((0x620, 0x64A), (0x66E, 0x6D3), (0x6FA, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8C7), (0xFB50, 0xFDFF),
               (0xFE70, 0xFEFC)),
    "cyrillic": ((0x400, 0x52F),),
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    "kana": ((0x3041, 0x30FF),),
    "hangul": ((0xAC00, 0xD7AF),),
    "devanagari": ((0x900, 0x963), (0x970, 0x97F)),
    "greek": ((0x370, 0x3FF),),
    "hebrew": ((0x5D0, 0x5EA),),
    "thai": ((0xE00, 0xE7F),),
}  # fmt: skip
CLASSES = (*SCRIPTS, "upper", "lower", "digit", "space", "mark", "terminator")

Numbers = NDArray[np.int64]


def normalise(text: str) -> str:
    """A copy of a text for features; see `normalised`."""
    return next(normalised(text, np.array([0]), np.array([len(text)])))


def normalise_word(word: str) -> str:
    """What `normalise` makes of a text, quicker for one of a few letters."""
    return _MARKS.sub("", word).translate(_LETTERS)


def normalised(text: str, starts: Numbers, ends: Numbers) -> Iterator[str]:
    """Copies for features of the stretches ``[start, end)`` of a text, white space as it was.

    Marks and invisible characters are gone, letters that Arabic mixes up are one, digits are 0.
    """
    table = _letters()
    for low, high in _portions(starts, ends):
        begin = int(starts[low])
        codes = _codes(text[begin : int(ends[low:high].max())])
        letters = table[np.minimum(codes, TABLE - 1)] if codes.max(initial=0) < TABLE else \
            np.where(codes < TABLE, table[np.minimum(codes, TABLE - 1)], codes)  # fmt: skip
        kept = letters != _GONE
        at = np.concatenate([[0], np.cumsum(kept)])
        clean = letters[kept].tobytes().decode("utf-32-le", "surrogatepass")
        for a, b in zip(at[starts[low:high] - begin].tolist(), at[ends[low:high] - begin].tolist(), strict=True):
            yield clean[a:b]


def count_classes(text: str, starts: Numbers, ends: Numbers) -> dict[str, Numbers]:
    """How many characters of each of `CLASSES` the stretches ``[start, end)`` hold, which do not overlap."""
    groups, members = _groups()
    counts = np.zeros((len(starts), len(CLASSES)), dtype=np.int64)
    for low, high in _portions(starts, ends):
        n, begin = high - low, int(starts[low])
        codes = _codes(text[begin : int(ends[high - 1])])
        # Every character counts for its stretch, what lies between two of them for one more.
        edges = np.stack([starts[low:high], ends[low:high]], axis=1).ravel() - begin
        stretch = np.repeat(np.stack([np.full(n, n), np.arange(n)], axis=1).ravel(), np.diff(edges, prepend=0))
        group = groups[np.where(codes < TABLE, codes, BEYOND)]
        found = np.bincount(stretch * len(members) + group, minlength=(n + 1) * len(members))
        counts[low:high] = found.reshape(n + 1, len(members))[:n] @ members
    return dict(zip(CLASSES, counts.T, strict=True))


def _portions(starts: Numbers, ends: Numbers) -> Iterator[tuple[int, int]]:
    """Runs of stretches that span no more than `PORTION` code points, or one that is longer."""
    low = 0
    while low < len(starts):
        high = max(low + 1, int(np.searchsorted(ends, starts[low] + PORTION, side="right")))
        yield low, high
        low = high


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


@cache
def _letters() -> NDArray[np.uint32]:
    """What stands for each code point in the copy for features."""
    table = np.arange(TABLE, dtype=np.uint32)
    table[[ord(mark) for mark in _MARKS.findall("".join(map(chr, range(TABLE))))]] = _GONE
    table[list(_LETTERS)] = list(_LETTERS.values())
    return table


@cache
def _groups() -> tuple[NDArray[np.uint8], Numbers]:
    """Code points by the classes they belong to: the group of each, and which classes a group belongs to."""
    chars = [chr(code) for code in range(TABLE)]
    table = {name: np.zeros(TABLE, dtype=bool) for name in CLASSES}
    for name, ranges in SCRIPTS.items():
        for low, high in ranges:
            table[name][low : high + 1] = True
    for name, test in (("upper", str.isupper), ("lower", str.islower), ("digit", str.isdigit), ("space", str.isspace)):
        table[name] = np.fromiter(map(test, chars), dtype=bool, count=TABLE)
    alphanumeric = np.fromiter(map(str.isalnum, chars), dtype=bool, count=TABLE)
    combining = np.fromiter((unicodedata.combining(c) > 0 for c in chars), dtype=bool, count=TABLE)
    table["mark"] = ~(alphanumeric | table["space"] | combining)
    table["terminator"][[ord(c) for c in ".!?؟۔।。！？"]] = True
    code = sum(member.astype(np.int64) << bit for bit, member in enumerate(table.values()))
    names, groups = np.unique(code, return_inverse=True)
    return groups.astype(np.uint8), (names[:, None] >> np.arange(len(CLASSES))) & 1
