"""What a block looks like from outside: numbers that need no model, and the numbers of its cue n-grams.

Everything is computed from a normalised copy of the block (features only; the output is always the original), in one
pass over the text. A long block is looked at by its first and last words.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .blocks import starts_line
from .document import Span

BUCKETS = 1 << 14
EDGE_CHARS = 64
"""How much of a block's beginning and of its end the cue n-grams see."""

_MARKS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
)
_LETTERS = str.maketrans("أإآٱىةؤئکی٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹123456789", "اااايهويكي" + "0" * 29)
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_URL = re.compile(r"https?://|www\.|\b(?:pic\.twitter|t\.co|bit\.ly)\b", re.IGNORECASE)
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

WORDING = (*_ENDS, "open_quote", "bullet", "dash", "lower", "title_share", "url", "handle", "tag", "clock",
           "numeric_date", "credit_end", "copyright", "pipe", "early_colon")  # fmt: skip
SURFACE = (
    "chars", "words", "sentences", "upper_share", "digit_share", "digits", "punctuation_share", "repeated",
    "relative_length", "line_start", "gap", "wide_gap", "narrow_gap", "first", "last", "from_start", "from_end",
    "only_cased", "latin", "arabic", "wide", "foreign", "script_change", "newlines_lost", "log_blocks", *WORDING,
)  # fmt: skip
"""Names of the columns of `surface`."""


def normalise(text: str) -> str:
    """A copy for features: marks and invisible characters gone, letters that Arabic mixes up made one, digits 0."""
    return " ".join(_MARKS.sub("", text).translate(_LETTERS).split())


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
    counts = count_classes(text, spans)
    clean = [normalise(text[span.start : min(span.end, span.start + 300)]) for span in spans]
    tails = [normalise(text[max(span.start, span.end - 60) : span.end]) for span in spans]
    letters = np.maximum(1, sum(counts[name] for name in SCRIPTS))
    wide = sum(counts[name] for name in _WIDE)
    lengths = np.array([len(span) for span in spans], dtype=float) + 2.0 * wide
    by_script = np.stack([counts[name] for name in SCRIPTS])
    script = np.where(by_script.max(axis=0) > 0, by_script.argmax(axis=0), -1)
    has = script >= 0
    main = int(np.bincount(script[has], weights=lengths[has]).argmax()) if has.any() else -1
    repeats = Counter(clean)
    times = np.array([repeats[block] for block in clean], dtype=float)
    typical = float(np.median(lengths[lengths >= min(60.0, lengths.max())]))
    at_line = starts_line(text, list(spans))
    gaps = np.array([0] + [text.count("\n", a.end, b.start) for a, b in pairwise(spans)], dtype=float)
    usual_gap = float(np.median(gaps[1:])) if n > 1 else 1.0
    position = np.arange(n)
    inner = position > 0
    size = np.maximum(1, [len(span) for span in spans])
    cased = counts["upper"] + counts["lower"]
    before = np.concatenate([[-1], script[:-1]])
    values = {
        "chars": np.log1p(lengths) / 3,
        "words": np.log1p(counts["space"] + 1) / 2,
        "sentences": np.log1p(counts["terminator"]),
        "upper_share": counts["upper"] / np.maximum(1, cased),
        "digit_share": counts["digit"] / size,
        "digits": np.minimum(3.0, np.log1p(counts["digit"])),
        "punctuation_share": counts["mark"] / size,
        # A page pasted twice says everything twice; only what comes more often than its paragraphs is furniture.
        "repeated": np.log(np.maximum(1.0, times / np.median(times[lengths >= min(100.0, lengths.max())]))),
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
        "newlines_lost": np.full(n, float(np.mean(at_line[1:]) < 0.3) if n > 1 else 0.0),
        "log_blocks": np.full(n, min(2.0, np.log1p(n) / 4)),
    }
    wording = np.array([_wording(block, tail) for block, tail in zip(clean, tails, strict=True)], dtype=np.float32)
    values |= dict(zip(WORDING, wording.T, strict=True))
    return np.stack([np.asarray(values[name], dtype=np.float32) for name in SURFACE], axis=1)


def _wording(block: str, tail: str) -> tuple[float, ...]:
    """What single characters and patterns at the edges tell; in the order of `WORDING`."""
    words = block.split()[:40]
    colon = block.find(":")
    head, end = block[:1], tail[-1:]
    return (
        *(bool(end) and end in chars for chars in _ENDS.values()),
        bool(head) and head in _OPENERS,
        _BULLET.match(block) is not None,
        head in ("—", "–", "-"),
        head.islower(),
        sum(word[:1].isupper() for word in words) / max(1, len(words)),
        _URL.search(block) is not None or _URL.search(tail) is not None,
        "@" in block and _HANDLE.search(block) is not None,
        min(3, len(_TAG.findall(block))) if "#" in block else 0,
        _CLOCK.search(block) is not None,
        _NUMERIC_DATE.search(block) is not None,
        _CREDIT_END.search(tail) is not None,
        "©" in block or "©" in tail,
        "|" in block,
        0 < colon < min(30, len(block) - 1),
    )


@cache
def _classes() -> dict[str, NDArray[np.bool_]]:
    """For each class of characters which code points below 65,536 belong to it."""
    chars = [chr(code) for code in range(1 << 16)]
    table = {name: np.zeros(1 << 16, dtype=bool) for name in SCRIPTS}
    for name, ranges in SCRIPTS.items():
        for low, high in ranges:
            table[name][low : high + 1] = True
    for name, test in (("upper", str.isupper), ("lower", str.islower), ("digit", str.isdigit), ("space", str.isspace)):
        table[name] = np.fromiter(map(test, chars), dtype=bool, count=len(chars))
    alphanumeric = np.fromiter(map(str.isalnum, chars), dtype=bool, count=len(chars))
    combining = np.fromiter((unicodedata.combining(c) > 0 for c in chars), dtype=bool, count=len(chars))
    table["mark"] = ~(alphanumeric | table["space"] | combining)
    table["terminator"] = np.zeros(1 << 16, dtype=bool)
    table["terminator"][[ord(c) for c in ".!?؟۔।。！？"]] = True
    return table


def count_classes(text: str, spans: Sequence[Span]) -> dict[str, NDArray[np.int64]]:
    """How many characters of each class every block holds; all blocks at once."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    # What lies beyond the table (emoji, rare scripts) counts as U+2605, a mark like them.
    codes = np.append(np.where(codes < 1 << 16, codes, 0x2605), 0)
    edges = np.array([edge for span in spans for edge in (span.start, span.end)])
    return {name: np.add.reduceat(member[codes], edges, dtype=np.int64)[::2] for name, member in _classes().items()}


def cue_ngrams(block: str) -> NDArray[np.int64]:
    """Numbers of the n-grams at the edges of a block, in ``[0, BUCKETS)``.

    Words and pairs of words, marked by whether they stand at the beginning or the end, and runs of three and four
    characters of the words, so that a wording never seen shares something with those that were.
    """
    clean = normalise(
        block[: EDGE_CHARS * 2] if len(block) <= EDGE_CHARS * 2 else block[:EDGE_CHARS] + " \n " + block[-EDGE_CHARS:]
    )
    words = _WORD.findall(clean.lower())
    short = len(block) <= EDGE_CHARS
    grams = [f"{a} {b}" for a, b in pairwise(words)]
    grams += [f"w{word}" for word in words]
    if words:
        grams += [f"^{words[0]}", f"{words[-1]}$", f"^{words[0]} {words[1] if len(words) > 1 else ''}"]
    for word in words[: 8 if short else 4]:
        framed = f"<{word}>"
        grams += [framed[i : i + size] for size in (3, 4) for i in range(len(framed) - size + 1)]
    if short:
        grams.append(f"={clean.lower()}")
    return np.fromiter(
        (zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS for gram in grams), dtype=np.int64, count=len(grams)
    )


def cue_bags(text: str, spans: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The n-grams of all blocks: their numbers one after the other, and where each block's begin (n + 1 offsets)."""
    bags = [cue_ngrams(span.of(text)) for span in spans]
    offsets = np.concatenate([[0], np.cumsum([len(bag) for bag in bags])]).astype(np.int64)
    return (np.concatenate(bags) if bags else np.zeros(0, dtype=np.int64)), offsets
