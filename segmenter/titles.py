"""A title for a story that has none, made of its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .blocks import split_sentences

READ = 2_000
"""Code points of a text that are looked at."""

LEAST_WORDS = 4
"""A sentence of fewer words is a name, a date or a heading and says too little."""

LEAST_CHARS = 30
"""A line of no more that ends without a mark is a name and a place."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_SPACE = re.compile(r"\s+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_AGENCY = (
    "أ ?ف ?ب|ا ف ب|فرانس برس|رويترز|وكالات|د ?ب ?أ|أ ?ش ?أ|واس|وام|قنا|كونا|بترا|سانا|وات|وكالة الأنباء [^\\s)]+|"
    "AFP|AP|Reuters|REUTERS|UPI|dpa|DPA|EFE|Xinhua|ANSA|TASS|AA|PTI|ANI|Belga|BBC|CNN"
)
# A place with an agency, or one in capitals with a dash: باريس (أ ف ب) - , PARIS, March 3 —. Not a word and a colon:
# that is mostly someone who speaks, and a quotation without its speaker reads as a fact.
_PLACE = r"[^\W\d_][^\n.!?؟:()،,\-–—]{0,28}"
_DATELINE = re.compile(
    rf"\s*(?:(?:{_PLACE}(?:[،,]\s*{_PLACE})?\s*)?[(\[]\s*(?:{_AGENCY})\s*[)\]]\s*(?:[-–—:ـ]{{1,2}}\s*)?"
    rf"|(?:{_PLACE}\s*[،,/\-–—]\s*)?(?:{_AGENCY})\s*[-–—:]{{1,2}}\s+"
    r"|[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{2,28}(?:,\s[A-Z][^\W\d_]{1,12}\.?(?:\s\d{1,2})?)?\s*(?:[–—]|-{1,2}(?=\s))\s*)"
)
_CLAUSE = "،,;؛:–—"
_LEADING = " »”)]*•·-–—،,;:."
"""What a sentence that was cut out of another, or out of a list, begins with."""

_TRAILING = " \t،,;؛:–—-([«“\"'"


def lead(text: str, *, limit: int = 90) -> str | None:
    """The first sentence that says something, cut to the length of a title.

    Parameters
    ----------
    text : str
        Body of a story; the first `READ` code points are looked at.
    limit : int
        Length in code points of what is kept whole.

    Returns
    -------
    str or None
        At most `limit` code points of the first sentence of four words or more (failing that, of the first with a
        letter), without dateline and with single spaces, and an ellipsis if it was cut: at the end of a clause beyond
        half of it, else between words. None for a text without letters.

    Raises
    ------
    ValueError
        If `limit` is not positive.
    """
    if limit < 1:
        raise ValueError(f"limit is 1 or more, got {limit}")
    first = None
    for sentence in _sentences(text.lstrip()[:READ]):
        if _says_something(sentence) and (len(sentence) > LEAST_CHARS or not sentence[-1].isalpha()):
            return _cut(sentence, limit)
        if first is None and any(map(str.isalpha, sentence)):
            first = sentence
    return None if first is None else _cut(first, limit)


def _sentences(text: str) -> Iterator[str]:
    for span in split_sentences(text):
        sentence = _SPACE.sub(" ", span.of(text)).strip()
        for _ in range(3):  # agency, place
            dateline = _DATELINE.match(sentence)
            if dateline and _says_something(sentence[dateline.end() :]):
                sentence = sentence[dateline.end() :]
        yield sentence.lstrip(_LEADING).rstrip()


def _says_something(sentence: str) -> bool:
    return len(_WORD.findall(sentence)) >= LEAST_WORDS or len(_UNSPACED.findall(sentence)) >= 2 * LEAST_WORDS


def _cut(sentence: str, limit: int) -> str:
    if len(sentence) <= limit:
        return sentence.rstrip(_TRAILING) or sentence
    head = sentence[:limit]
    clause = max(_clause_end(sentence, mark, limit) for mark in _CLAUSE)
    space = head.rfind(" ") if sentence[limit] != " " else limit
    if clause > limit // 2:
        head = head[:clause]
    elif space > limit // 3:
        head = head[:space]
    return (head.rstrip(_TRAILING) or head) + "…"


def _clause_end(sentence: str, mark: str, limit: int) -> int:
    """Where the last clause within the limit ends before a mark that a space follows: 1,5 has none."""
    return sentence.rfind(mark + " ", 0, limit + 1)
