"""Text to blocks: lines where the text has them, sentences where newlines were lost.

Spans are carried along from the first match on, never found again by searching, and nothing is normalised: a block is a
stretch of the original text without the white space around it. Every step is one pass over the text.

Sentences end at a terminator and white space (at the terminator alone in Chinese and Japanese). A ready-made sentence
splitter (sentencex 1.0, measured on Arabic dumps without newlines) keeps quotations whole and breaks after "د.", which
hides one story start in four; the rule here breaks inside quotations too, because a block only *offers* a boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from .document import Span

LONG_LINE = 1_500
"""A line of more code points than this is split into sentences."""

DOMINANT_LINE = 400
"""So is a shorter one, down to this, that holds most of the text: its newlines were lost."""

LONG_SENTENCE = 1_000
"""A sentence without an end is cut at white space after so many code points."""

TINY_BYTES = 20
"""A block of fewer bytes of UTF-8 is tiny: a word or two, in any script."""

TINY_RUN, TINY_EDGE = 64, 4
"""So many tiny blocks in a row are a menu, a table or a list of words: all but those at its ends are gathered."""

GATHERED = 160
"""Code points of what is gathered: enough that a text of tiny lines takes little longer than one of paragraphs."""

_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(r"[\s\x00-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")

_TERMINATORS = ".!?؟۔।॥…‽"
_CJK_TERMINATORS = "。！？｡"
_CLOSERS = "\"'»”’)]}›」』】）\u200f\u200e"
_OPENERS = "\"'«“‘([{"
# A full stop needs white space after it, an ideographic one does not. The runs are bounded so that a line of nothing
# but closers costs one pass; a longer run merely ends in the middle of itself.
_END = re.compile(
    rf"[{_TERMINATORS}]{{1,16}}[{re.escape(_CLOSERS)}]{{0,8}}(?=\s)"
    rf"|[{_CJK_TERMINATORS}]{{1,16}}[{re.escape(_CLOSERS)}]{{0,8}}"
)
_LAST_WORD = re.compile(r"[^\s(\[«\"“'’.،,/-]{1,12}(?:\.[^\s.]{1,3}){0,3}$")

# Only what is nearly always followed by a name or a number: a missed break costs more than one too many.
_ABBREVIATIONS = frozenset(
    "د أ م أ.د ا.د م.م ص ج ق.م ه هـ ت "
    "dr mr mrs ms prof sr jr st gen col lt sgt capt maj rev hon gov sen rep pres no nos vs etc fig al inc ltd co corp "
    "m mm mme mmes mlle mgr pr av boul art vol p pp chap cf ex env "
    "sra srta dña ud uds núm pág avda "
    "hr hrn frau nr bzw ca usw str dipl ing "
    "т г гг им ул стр тыс млн млрд руб "
    "sn doç yrd av bkz".split()
)


def split_blocks(text: str) -> list[Span]:
    """Split a text into blocks.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of Span
        In order, without overlap, none empty; between them and around them stands only white space, or marks that
        cannot be seen. A text without a visible character has none.

    Notes
    -----
    A text with hard-wrapped lines (all but the last of a paragraph about equally long, and most broken in mid-sentence)
    gives one block a paragraph, and one with a long run of lines of a word or two a block for several of these.
    """
    lines = [span for match in _LINE.finditer(text) if (span := _strip(text, *match.span())) is not None]
    if not lines:
        return []
    lines = _unwrap(text, lines)
    visible = sum(len(line) for line in lines)
    blocks: list[Span] = []
    for line in lines:
        if len(line) > LONG_LINE or (len(line) > DOMINANT_LINE and 2 * len(line) > visible):
            blocks += _sentences(text, line)
        else:
            blocks.append(line)
    return _gathered(text, blocks)


def split_sentences(text: str) -> Iterator[Span]:
    """The sentences of all lines of a text, however long the lines are, found as they are asked for."""
    for line in _LINE.finditer(text):
        yield from _sentences(text, Span(*line.span()))


def starts_line(text: str, spans: list[Span]) -> list[bool]:
    """Whether a line break (or the beginning of the text) stands before each block."""
    first = [True] * min(1, len(spans))
    return first + [has_break(text[a.end : b.start]) for a, b in pairwise(spans)]


def has_break(between: str) -> bool:
    """Whether what stands between two blocks breaks the line."""
    return _BREAK.search(between) is not None


def _strip(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None if nothing in it can be seen."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    part = part.strip()
    if not part or _INVISIBLE.fullmatch(part):
        return None
    return Span(start + left, start + left + len(part))


def _sentences(text: str, line: Span) -> Iterator[Span]:
    start = line.start
    for match in _END.finditer(text, line.start, line.end):
        if match.end() - start > 1 and not _mid_sentence(text, match.start(), match.end(), start):
            yield from _pieces(text, start, match.end())
            start = match.end()
    yield from _pieces(text, start, line.end)


def _mid_sentence(text: str, stop: int, end: int, start: int) -> bool:
    """Whether the terminator at `stop` ends an abbreviation, an initial or a list number, or a small letter follows."""
    if text[stop] != ".":
        return False
    following = text[end : end + 24].lstrip()
    if following and following[0].islower():
        return True
    if end - stop > 1:
        return False
    word = _LAST_WORD.search(text, max(start, stop - 24), stop)
    if word is None:
        return False
    token = word.group().lower()
    if token.isdigit():
        return not text[start : word.start()].strip()
    return token in _ABBREVIATIONS or (len(token) == 1 and token.isalpha())


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentence, cut at white space where it runs on without end."""
    while end - start > LONG_SENTENCE:
        cut = text.rfind(" ", start + LONG_SENTENCE // 2, start + LONG_SENTENCE)
        cut = cut + 1 if cut >= 0 else start + LONG_SENTENCE
        if (span := _strip(text, start, cut)) is not None:
            yield span
        start = cut
    if (span := _strip(text, start, end)) is not None:
        yield span


def _gathered(text: str, blocks: list[Span]) -> list[Span]:
    """The blocks, those of a long run of tiny ones joined to fewer."""
    if len(blocks) < TINY_RUN:
        return blocks
    out: list[Span] = []
    run: list[Span] = []
    for block in (*blocks, None):
        if block is not None and _is_tiny(text, block):
            run.append(block)
            continue
        if len(run) >= TINY_RUN:
            inner = run[TINY_EDGE:-TINY_EDGE]
            out += run[:TINY_EDGE]
            start = inner[0].start
            for i, tiny in enumerate(inner):
                if tiny.end - start >= GATHERED or i + 1 == len(inner):
                    out.append(Span(start, tiny.end))
                    start = inner[min(i + 1, len(inner) - 1)].start
            out += run[-TINY_EDGE:]
        else:
            out += run
        run = []
        if block is not None:
            out.append(block)
    return out


def _is_tiny(text: str, block: Span) -> bool:
    return len(block) < TINY_BYTES and len(block.of(text).encode("utf-8", "replace")) < TINY_BYTES


def _unwrap(text: str, lines: list[Span]) -> list[Span]:
    """Join the lines of each paragraph if the text was wrapped at a fixed width."""
    breaks = [max(text.count("\n", a.end, b.start), text.count("\r", a.end, b.start)) for a, b in pairwise(lines)]
    inner = [i for i, count in enumerate(breaks) if count <= 1]
    if len(lines) < 6 or len(inner) < 0.6 * len(breaks):
        return lines
    width = sorted(len(lines[i]) for i in inner)[(9 * len(inner)) // 10]
    # The word that did not fit would have made the line too long: that is what wrapping looks like.
    full = [i for i in inner if len(lines[i]) + _first_word(text, lines[i + 1]) + 1 > width - 2]
    open_ended = [i for i in full if text[lines[i].end - 1] not in _TERMINATORS + _CLOSERS + ":"]
    if not 40 <= width <= 130 or len(full) < 0.75 * len(inner) or len(open_ended) < 0.6 * len(full):
        return lines
    # Items of a list, and headlines, begin anew on every line; wrapped lines go on in small letters.
    heads = [text[lines[i + 1].start] for i in full]
    anew = sum(head.isupper() or not (head.isalnum() or head in _OPENERS) for head in heads)
    if anew > 0.6 * len(heads):
        return lines
    joined = set(full)
    paragraphs: list[Span] = []
    start = 0
    for i in range(len(lines)):
        if i not in joined:
            paragraphs.append(Span(lines[start].start, lines[i].end))
            start = i + 1
    return paragraphs


def _first_word(text: str, line: Span) -> int:
    space = text.find(" ", line.start, min(line.end, line.start + 40))
    return (space if space >= 0 else min(line.end, line.start + 40)) - line.start
