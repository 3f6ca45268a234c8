"""Hypothesis strategies for the text that real dumps hold, and for documents over it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from segmenter.document import KINDS, STORY_KINDS, Block, Boundary, Document, Story, Topic, by_story

PIECES = (
    "قال الوزير إن الحكومة ستعلن", "الكَلِمَةُ العَرَبِيَّة", "د. أحمد", "كتـــاب", "١٢٫٥٪", "؟", "،", "؛",
    "The minister said", "U.S.", "e.g.", "l'Assemblée nationale", "3.5 %", "http://a.example/?q=<b>&c=\"d\"",
    "新华社北京电。", "東京", "서울", "हिन्दी।", "עברית", "ไทย", "e\u0301\u0327", "\u064b\u0651", "👩‍👩‍👧", "🇲🇱",
    ".", "!", "…", ":", "-", "—", "“", "»", "<script>alert(1)</script>", "&amp;", "'", "](", "|", "#",
    " ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", "\u00a0", "\u200b", "\u200c", "\u200d", "\ufeff", "\u2028", "\u2029",
    "\u0085", "\x0b", "\x0c", "\x00", "\x1b", "\x7f", "\u200e", "\u200f", "\u202a", "\u202e", "\u202c", "\u2066",
    "\u2067", "\u2069", "\ufffe", "\U0010ffff", "\u3000",
)  # fmt: skip
"""Arabic with marks, CJK, combining marks, markup, every kind of line end and space, bidi and control characters."""


def ugly_text(max_pieces: int = 60) -> st.SearchStrategy[str]:
    """Text of awkward pieces and of any code points but lone surrogates (they cannot be written as UTF-8)."""
    anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    return st.lists(st.sampled_from(PIECES) | anything, max_size=max_pieces).map("".join)


@st.composite
def documents(draw: st.DrawFn, max_pieces: int = 60, whole: bool = False) -> Document:
    """A valid document over ugly text: any cut into blocks, kinds, stories, titles, topics and curve.

    With `whole` only white space lies outside of the blocks, as in the documents that a `Segmenter` makes.
    """
    text = draw(ugly_text(max_pieces))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)) | ({0, len(text)} if whole else set()))
    blocks: list[Block] = []
    story = -1
    for start, end in pairwise(cuts):
        part = text[start:end]
        start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
        if start >= end:
            continue
        kind = draw(st.sampled_from(KINDS))
        owner = None
        if kind in STORY_KINDS:
            story += int(story < 0 or draw(st.booleans()))
            owner = story
        blocks.append(Block(start, end, kind, owner, draw(st.floats(0, 1))))
    topic = st.builds(Topic, st.sampled_from(["medtop:1", "<x>"]), ugly_text(3), st.floats(0, 1))
    stories = [
        Story.from_blocks(number, text, own, language=draw(st.sampled_from(["ar", "en", "und"])),
                          topics=draw(st.lists(topic, max_size=2)))
        for number, own in by_story(blocks).items()
    ]  # fmt: skip
    curve = [Boundary(block.start, draw(st.floats(0, 1))) for block in blocks if draw(st.booleans())]
    name = draw(st.none() | ugly_text(2))
    meta = draw(st.dictionaries(st.sampled_from(["source", "text", "id", "outlet <b>"]), st.integers() | ugly_text(2)))
    return Document(text, tuple(blocks), tuple(stories), tuple(curve), name, draw(st.sampled_from(["ar", "und"])),
                    draw(st.none() | st.just("2025-11-04")), meta)  # fmt: skip
