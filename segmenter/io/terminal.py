"""Documents as plain text for people, safe to show on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from ..document import Document, Segment, Story

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_RESET, _DIM, _BOLD, _RULE = "\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[36m"


def harmless(text: str) -> str:
    """Make `text` unable to drive a terminal.

    Control characters other than line ends and tabs are written as ``\\x1b``; embeddings, overrides and isolates of
    the bidirectional algorithm are closed at the end of their line. Nothing else changes.
    """
    text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text.replace("\r\n", "\n"))
    if not _BIDI.search(text):
        return text
    return "\n".join(line + _closers(line) for line in text.split("\n"))


def one_line(text: str) -> str:
    """`harmless`, on one line."""
    return harmless(re.sub("[\r\n\t\u2028\u2029]+", " ", text))


def display_width(text: str) -> int:
    """Columns that one line takes on a terminal: two for wide characters, none for marks and what is not shown."""
    return sum(map(_columns, text))


def cut(text: str, width: int) -> str:
    """`text` if it takes no more than `width` columns, else its beginning with an ellipsis."""
    if display_width(text) <= width:
        return text
    taken = 1  # the ellipsis
    for i, char in enumerate(text):
        taken += _columns(char)
        if taken > width:
            return text[:i].rstrip() + "…"
    return text


def document_text(document: Document, *, color: bool = False) -> Iterator[str]:
    """Draw `document` line by line, all of its text in order.

    What is not body is headed by its kind in brackets and set off by a bar at the edge, which, having no direction of
    its own, stands on the side where the line begins.
    """
    paint = _painted if color else _unpainted
    count = len(document.stories)
    name = one_line(document.id) if document.id is not None else "(no id)"
    stories = "1 story" if count == 1 else f"{count} stories"
    yield paint(f"══ {name} · {document.language} · {stories} · {len(document.text)} characters ══", _BOLD) + "\n"
    current = None
    for segment in document.segments:
        if segment.story is not None and segment.story != current:
            current = segment.story
            story = document.stories[current]
            yield "\n" + paint(_rule(story, count), _RULE) + "\n"
            if story.key_phrases:
                yield paint(f"   {' · '.join(map(one_line, story.key_phrases))}", _RULE) + "\n"
        yield from _segment_lines(segment, document.text, paint)
    yield "\n"


def _rule(story: Story, count: int) -> str:
    parts = [f"story {story.number + 1} of {count}", f"{story.start}–{story.end}", story.language]
    parts += [f"{one_line(topic.name)} {100 * topic.score:.0f} %" for topic in story.topics]
    return f"── {' · '.join(parts)} ──"


def _segment_lines(segment: Segment, text: str, paint: Callable[[str, str], str]) -> Iterator[str]:
    shown = harmless(segment.of(text)).rstrip("\n")
    if segment.kind == "body":
        yield shown + "\n"
        return
    style = _BOLD if segment.kind == "headline" else _DIM if segment.story is None else ""
    yield paint(f"[{segment.kind}]", _DIM) + "\n"
    for line in shown.split("\n"):
        yield f"│ {paint(line, style)}\n"


def _painted(text: str, style: str) -> str:
    return f"{style}{text}{_RESET}" if style and text else text


def _unpainted(text: str, style: str) -> str:
    return text


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    # Vowels and finals of Hangul that follow an initial join its two columns.
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _closers(line: str) -> str:
    stack: list[str] = []
    isolates = 0  # open ones; to look for one in the stack would take quadratic time where there is none
    for char in _BIDI.findall(line):
        if char in _EMBEDDINGS:
            stack.append(_POP_EMBEDDING)
        elif char in _ISOLATES:
            stack.append(_POP_ISOLATE)
            isolates += 1
        elif char == _POP_EMBEDDING:
            if stack and stack[-1] == _POP_EMBEDDING:
                stack.pop()
        elif isolates:
            isolates -= 1
            while stack.pop() != _POP_ISOLATE:
                pass
    return "".join(reversed(stack))
