"""What of a document is shown together: a story with the furniture inside it, or furniture between stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from ..document import Block, Document

AROUND = 3
"""Blocks of the neighbourhood of a part, on either side."""


@dataclass
class Part:
    """Neighbouring blocks that are shown together.

    Attributes
    ----------
    story : int or None
        None where they are furniture between stories.
    blocks : list of Block
        Those of the story, and the furniture inside it.
    beside : bool
        Whether they are the neighbourhood of what was asked for.
    """

    story: int | None
    blocks: list[Block] = field(default_factory=list)
    beside: bool = False


def parts_of(document: Document, start: int = 0, stop: int | None = None) -> list[Part]:
    """The parts of a document that has blocks in ``[start, stop)``, with `AROUND` blocks before and after these.

    Where that is the whole document its parts hold the whole text, white space between blocks apart.
    """
    blocks = list(everything(document))
    stop = len(document.text) if stop is None else stop
    inside = [i for i, block in enumerate(blocks) if block.end > start and block.start < stop]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
    return [
        *_gathered(blocks[max(0, first - AROUND) : first], beside=True),
        *_gathered(blocks[first:last], beside=False),
        *_gathered(blocks[last : last + AROUND] if inside else [], beside=True),
    ]


def everything(document: Document) -> Iterator[Block]:
    """The blocks, and what lies between them where it is more than white space."""
    reached = 0
    for block in (*document.blocks, Block(len(document.text), len(document.text))):
        gap = document.text[reached : block.start]
        if gap.strip():
            start = reached + len(gap) - len(gap.lstrip())
            yield Block(start, reached + len(gap.rstrip()), "other", None)
        if block.end > block.start:
            yield block
        reached = block.end


def _gathered(blocks: Iterable[Block], *, beside: bool) -> list[Part]:
    parts: list[Part] = []
    runs = [(story, list(run)) for story, run in groupby(blocks, key=lambda block: block.story)]
    for i, (story, run) in enumerate(runs):
        before = parts[-1].story if parts else None
        following = runs[i + 1][0] if i + 1 < len(runs) else None
        if before is not None and before == (following if story is None else story):
            parts[-1].blocks += run
        else:
            parts.append(Part(story, run, beside))
    return parts
