"""What a block looks like from outside: numbers that need no model.

Everything is computed from a normalised copy of the block (features only; the output is always the original), in one
pass over the text. A long block is looked at by its beginning and its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .blocks import starts_line
from .characters import SCRIPTS, count_classes, normalised
from .document import Span

HEAD = 300
TAIL = 60
"""How much of a block's beginning and of its end its wording is read from."""

_URL = re.compile(r"https?://|www\.|\b(?:pic\.twitter|t\.co|bit\.ly)\b", re.IGNORECASE)
_MAYBE_URL = re.compile(r"://|\.[tTcClL]|[wW]\.")  # one of these is in every one, and it is found far faster
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_TAG = re.compile(r"(?<!\w)#\w{2,}")
_CLOCK = re.compile(r"\b0{1,2}[:h]0{2}\b")
_NUMERIC_DATE = re.compile(r"\b0{1,4}[-/.]0{1,2}[-/.]0{1,4}\b")
_BULLET = re.compile(r"^(?:[•▪●◦‣·*»›◄►▶←→✔✓■□◆➤➜–—-]|0{1,2}[.)\-–]\s)")
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
_OPENERS = "\"'«“‘„「"
_WIDE = ("han", "kana", "hangul")
WORDING = (*_ENDS, "open_quote", "bullet", "dash", "lower", "title_share", "url", "handle", "tag", "clock",
           "numeric_date", "credit_end", "copyright", "pipe", "early_colon")  # fmt: skip
SURFACE = (
    "chars", "words", "sentences", "upper_share", "digit_share", "digits", "punctuation_share", "repeated",
    "relative_length", "line_start", "gap", "wide_gap", "narrow_gap", "first", "last", "from_start", "from_end",
    "only_cased", "latin", "arabic", "wide", "foreign", "script_change", "newlines_lost", "log_blocks", *WORDING,
)  # fmt: skip
"""Names of the columns of `surface`."""


def surface(text: str, spans: Sequence[Span]) -> NDArray[np.float32]:
    """Outward features of each block.

    Parameters
    ----------
    text : str
        The dump.
    spans : sequence of Span, length n
        Its blocks.

    Returns
    -------
    ndarray of shape (n, len(SURFACE)), float32
        Roughly within [-3, 3].
    """
    n = len(spans)
    if n == 0:
        return np.zeros((0, len(SURFACE)), dtype=np.float32)
    starts = np.array([span.start for span in spans], dtype=np.int64)
    ends = np.array([span.end for span in spans], dtype=np.int64)
    counts = count_classes(text, starts, ends)
    clean = [" ".join(part.split()) for part in normalised(text, starts, np.minimum(ends, starts + HEAD))]
    tails = [" ".join(part.split()) for part in normalised(text, np.maximum(starts, ends - TAIL), ends)]
    letters = np.maximum(1, sum(counts[name] for name in SCRIPTS))
    wide = sum(counts[name] for name in _WIDE)
    lengths = (ends - starts) + 2.0 * wide
    by_script = np.stack([counts[name] for name in SCRIPTS])
    script = np.where(by_script.max(axis=0) > 0, by_script.argmax(axis=0), -1)
    has = script >= 0
    main = int(np.bincount(script[has], weights=lengths[has]).argmax()) if has.any() else -1
    repeats = Counter(clean)
    times = np.array([repeats[block] for block in clean], dtype=float)
    typical = _median(lengths[lengths >= min(60.0, lengths.max())])
    at_line = starts_line(text, list(spans))
    gaps = np.array([0] + [text.count("\n", a.end, b.start) for a, b in pairwise(spans)], dtype=float)
    usual_gap = _median(gaps[1:]) if n > 1 else 1.0
    position = np.arange(n)
    inner = position > 0
    size = np.maximum(1, ends - starts)
    cased = counts["upper"] + counts["lower"]
    before = np.concatenate([[-1], script[:-1]])
    values = {  # in the order of `SURFACE`
        "chars": np.log1p(lengths) / 3,
        "words": np.log1p(counts["space"] + 1) / 2,
        "sentences": np.log1p(counts["terminator"]),
        "upper_share": counts["upper"] / np.maximum(1, cased),
        "digit_share": counts["digit"] / size,
        "digits": np.minimum(3.0, np.log1p(counts["digit"])),
        "punctuation_share": counts["mark"] / size,
        # A page pasted twice says everything twice; only what comes more often than its paragraphs is furniture.
        "repeated": np.log(np.maximum(1.0, times / _median(times[lengths >= min(100.0, lengths.max())]))),
        "relative_length": np.clip(np.log(lengths / typical), -3, 2),
        "line_start": at_line,
        "gap": np.minimum(gaps, 4) / 2,
        "wide_gap": inner & (gaps > usual_gap),
        "narrow_gap": inner & (gaps < usual_gap),
        "first": position == 0,
        "last": position == n - 1,
        "from_start": np.minimum(position, 12) / 12,
        "from_end": np.minimum(n - 1 - position, 12) / 12,
        "only_cased": cased > 0,
        "latin": counts["latin"] / letters,
        "arabic": counts["arabic"] / letters,
        "wide": wide / letters,
        "foreign": has & (script != main),
        "script_change": has & (before >= 0) & (script != before),
        "newlines_lost": n > 1 and sum(at_line[1:]) / (n - 1) < 0.3,
        "log_blocks": min(2.0, np.log1p(n) / 4),
    }
    out = np.empty((n, len(SURFACE)), dtype=np.float32)
    for column, value in enumerate(values.values()):
        out[:, column] = value
    out[:, len(values) :] = [_wording(block, tail) for block, tail in zip(clean, tails, strict=True)]
    return out


def _median(values: NDArray[np.float64]) -> float:
    """What `numpy.median` gives, without its cost for a short array."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _wording(block: str, tail: str) -> tuple[float, ...]:
    """What single characters and patterns at the edges tell; in the order of `WORDING`."""
    words = block.split(None, 40)[:40]
    colon = block.find(":")
    head, end = block[:1], tail[-1:]
    return (
        *(bool(end) and end in chars for chars in _ENDS.values()),
        bool(head) and head in _OPENERS,
        _BULLET.match(block) is not None,
        head in ("—", "–", "-"),
        head.islower(),
        sum(map(str.isupper, [word[0] for word in words])) / max(1, len(words)),
        _has_url(block) or _has_url(tail),
        "@" in block and _HANDLE.search(block) is not None,
        min(3, len(_TAG.findall(block))) if "#" in block else 0,
        "0" in block and _CLOCK.search(block) is not None,
        "0" in block and _NUMERIC_DATE.search(block) is not None,
        _CREDIT_END.search(tail) is not None,
        "©" in block or "©" in tail,
        "|" in block,
        0 < colon < min(30, len(block) - 1),
    )


def _has_url(part: str) -> bool:
    return _MAYBE_URL.search(part) is not None and _URL.search(part) is not None
