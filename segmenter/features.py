"""What a block looks like from outside: numbers that need no model.

Everything is computed from a normalised copy of the block (features only; the output is always the original), in one
pass over the text. A long block is looked at by its beginning and its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import has_break
from .characters import SCRIPTS, count_classes, normalised
from .quantiles import quantile
from .sequences import Edges, whole

HEAD = 300
TAIL = 60
"""How much of a block's beginning and of its end its wording is read from."""

PIECE = 4_096
"""Blocks that are looked at in one go, for the memory of a long text."""

_URL = re.compile(r"https?://|www\.|\b(?:pic\.twitter|t\.co|bit\.ly)\b", re.IGNORECASE)
_URL_PARTS = ("://", "www.", "pic.tw", "t.co", "bit.ly")  # one is in every address, and is found far faster
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_TAG = re.compile(r"(?<!\w)#\w{2,}")
_CLOCK = re.compile(r"\b0{1,2}[:h]0{2}\b")
_NUMERIC_DATE = re.compile(r"\b0{1,4}[-/.]0{1,2}[-/.]0{1,4}\b")
_BULLET = re.compile(r"^(?:[•▪●◦‣·*»›◄►▶←→✔✓■□◆➤➜–—-]|0{1,2}[.)\-–]\s)")
_CREDIT_PARTS = "([/|©–-"  # so with a credit
_CREDIT_END = re.compile(r"[(\[/|©–-]\s*[^()\[\]|/]{2,40}[)\]]?$")
_ENDS = {
    "stop": ".。",
    "ask": "!?؟！？",
    "colon": ":：",
    "dots": "…",
    "comma": ",،،؛;、",
    "bracket": ")]）",
    "quote": "\"'»”’",
}
_NO_END = (False,) * len(_ENDS)
_END_ROWS = {char: tuple(char in chars for chars in _ENDS.values()) for char in "".join(_ENDS.values())}
_OPENERS = "\"'«“‘„「"
_DASHES = "—–-"
_BULLETS = "•▪●◦‣·*»›◄►▶←→✔✓■□◆➤➜–—-0"
_WIDE = ("han", "kana", "hangul")
WORDING = (*_ENDS, "open_quote", "bullet", "dash", "lower", "title_share", "url", "handle", "tag", "clock",
           "numeric_date", "credit_end", "copyright", "pipe", "early_colon")  # fmt: skip
SURFACE = (
    "chars", "words", "sentences", "upper_share", "digit_share", "digits", "punctuation_share", "repeated",
    "relative_length", "line_start", "gap", "wide_gap", "narrow_gap", "first", "last", "from_start", "from_end",
    "only_cased", "latin", "arabic", "wide", "foreign", "script_change", "newlines_lost", "log_blocks", *WORDING,
)  # fmt: skip
"""Names of the columns of `surface`."""


def surface(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64],
            edges: Edges | None = None) -> NDArray[np.float32]:  # fmt: skip
    """Outward features of each block.

    Parameters
    ----------
    text : str
        The dump, or several of them one after the other.
    starts, ends : ndarray of int64, shape (n,)
        Places of the blocks in it, in order.
    edges : ndarray of int, shape (k + 1,), optional
        With which block each of k dumps begins, and the last ends, where it is several.

    Returns
    -------
    ndarray of shape (n, len(SURFACE)), float32
        Roughly within [-3, 3].
    """
    n = len(starts)
    out = np.empty((n, len(SURFACE)), dtype=np.float32)
    if n == 0:
        return out
    lengths, script, said = np.empty(n), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.uint64)
    for low in range(0, n, PIECE):
        part = slice(low, low + PIECE)
        values, lengths[part], script[part], said[part] = _alone(text, starts[part], ends[part], out[part])
        _fill(out[part], values)
    edges = whole(n) if edges is None else edges
    _fill(out, _among_others(lengths, script, said, *_breaks(text, starts, ends, edges), edges))
    return out


def _fill(out: NDArray[np.float32], values: Mapping[str, NDArray[Any]]) -> None:
    for name, value in values.items():
        out[:, SURFACE.index(name)] = value


def _alone(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64], out: NDArray[np.float32]
           ) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64], NDArray[np.int64], NDArray[np.uint64]]:  # fmt: skip
    """Features of blocks that others have no say in, those of their wording in `out`; length, script and what is said.

    The last is a digest, equal for blocks that say the same: the copies of all blocks need not be kept.
    """
    counts = count_classes(text, starts, ends)
    clean = [" ".join(part.split()) for part in normalised(text, starts, np.minimum(ends, starts + HEAD))]
    tails = [" ".join(part.split()) for part in normalised(text, np.maximum(starts, ends - TAIL), ends)]
    out[:, -len(WORDING) :] = list(map(_wording, clean, tails))
    scripts = np.stack([counts[name] for name in SCRIPTS])
    letters = np.maximum(1, scripts.sum(axis=0))
    wide = sum(counts[name] for name in _WIDE)
    size = ends - starts
    lengths = size + 2.0 * wide
    cased = counts["upper"] + counts["lower"]
    values = {
        "chars": np.log1p(lengths) / 3,
        "words": np.log1p(counts["space"] + 1) / 2,
        "sentences": np.log1p(counts["terminator"]),
        "upper_share": counts["upper"] / np.maximum(1, cased),
        "digit_share": counts["digit"] / size,
        "digits": np.minimum(3.0, np.log1p(counts["digit"])),
        "punctuation_share": counts["mark"] / size,
        "only_cased": cased > 0,
        "latin": counts["latin"] / letters,
        "arabic": counts["arabic"] / letters,
        "wide": wide / letters,
    }
    digests = [blake2b(block.encode("utf-8", "replace"), digest_size=8).digest() for block in clean]
    script = np.where(scripts.max(axis=0) > 0, scripts.argmax(axis=0), -1)
    return values, lengths, script, np.frombuffer(b"".join(digests), dtype=np.uint64)


def _breaks(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64],
            edges: Edges) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:  # fmt: skip
    """Whether a line break stands before each block, as before the first of a dump, and how many newlines."""
    between = [text[end:start] for end, start in zip(ends[:-1].tolist(), starts[1:].tolist(), strict=True)]
    known = {part: (has_break(part), part.count("\n")) for part in set(between)}  # few are unlike others
    at_line, gaps = np.ones(len(starts), dtype=bool), np.zeros(len(starts))
    found = [known[part] for part in between]
    at_line[1:] = [line for line, _ in found]
    gaps[1:] = [count for _, count in found]
    at_line[edges[:-1]], gaps[edges[:-1]] = True, 0.0
    return at_line, gaps


def _among_others(lengths: NDArray[np.float64], script: NDArray[np.int64], said: NDArray[np.uint64],
                  at_line: NDArray[np.bool_], gaps: NDArray[np.float64], edges: Edges) -> dict[str, NDArray[Any]]:
    """Features that compare a block with the others of its dump, or tell its place among them."""
    before = np.concatenate([[-1], script[:-1]])
    before[edges[:-1]] = -1
    repeated, typical, usual_gap, main, lost = (np.empty(len(said)) for _ in range(5))
    for low, high in pairwise(edges.tolist()):
        own, has = lengths[low:high], script[low:high] >= 0
        longest = float(own.max())
        blocks = said[low:high].tolist()
        repeats = Counter(blocks)
        times = np.array([repeats[block] for block in blocks], dtype=float)
        # A page pasted twice says everything twice; only what comes more often than its paragraphs is furniture.
        repeated[low:high] = times / quantile(times[own >= min(100.0, longest)], 0.5)
        typical[low:high] = quantile(own[own >= min(60.0, longest)], 0.5)
        usual_gap[low:high] = quantile(gaps[low + 1 : high], 0.5) if high > low + 1 else 1.0
        main[low:high] = np.bincount(script[low:high][has], weights=own[has]).argmax() if has.any() else -1
        lost[low:high] = high > low + 1 and at_line[low + 1 : high].sum() / (high - low - 1) < 0.3
    sizes = np.diff(edges)
    total = np.repeat(sizes, sizes)
    position = np.arange(len(said)) - np.repeat(edges[:-1], sizes)
    inner = position > 0
    return {
        "line_start": at_line,
        "gap": np.minimum(gaps, 4) / 2,
        "repeated": np.log(np.maximum(1.0, repeated)),
        "relative_length": np.clip(np.log(lengths / typical), -3, 2),
        "wide_gap": inner & (gaps > usual_gap),
        "narrow_gap": inner & (gaps < usual_gap),
        "first": ~inner,
        "last": position == total - 1,
        "from_start": np.minimum(position, 12) / 12,
        "from_end": np.minimum(total - 1 - position, 12) / 12,
        "foreign": (script >= 0) & (script != main),
        "script_change": (script >= 0) & (before >= 0) & (script != before),
        "newlines_lost": lost,
        "log_blocks": np.minimum(2.0, np.log1p(total) / 4),
    }


def _wording(block: str, tail: str) -> tuple[float, ...]:
    """What single characters and patterns at the edges tell; in the order of `WORDING`."""
    colon = block.find(":")
    head = block[:1]
    small = block.lower()
    digit = "0" in block
    return (
        *_END_ROWS.get(tail[-1:], _NO_END),
        head in _OPENERS and head != "",
        head in _BULLETS and _BULLET.match(block) is not None,
        head in _DASHES and head != "",
        head.islower(),
        _title_share(block) if block != small else 0.0,  # as it is in every script without capitals
        _has_url(block, small) or _has_url(tail, tail.lower()),
        "@" in block and _HANDLE.search(block) is not None,
        min(3, len(_TAG.findall(block))) if "#" in block else 0,
        digit and _CLOCK.search(block) is not None,
        digit and _NUMERIC_DATE.search(block) is not None,
        _holds(tail, _CREDIT_PARTS) and _CREDIT_END.search(tail) is not None,
        "©" in block or "©" in tail,
        "|" in block,
        0 < colon < min(30, len(block) - 1),
    )


def _title_share(block: str) -> float:
    """Share of the first words that begin with a capital."""
    words = block.split(None, 40)[:40]
    return sum(map(str.isupper, [word[0] for word in words])) / max(1, len(words))


def _has_url(part: str, small: str) -> bool:
    return _holds(small, _URL_PARTS) and _URL.search(part) is not None


def _holds(text: str, parts: Iterable[str]) -> bool:
    for part in parts:  # noqa: SIM110 - any() takes three times as long
        if part in text:
            return True
    return False
