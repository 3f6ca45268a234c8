"""Kinds, stories and the boundary curve, once it is known where stories begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .boundaries import StorySequence
from .document import KINDS, Block, Boundary, Span, Story, by_story
from .furniture import IN_STORY
from .language import UNDETERMINED, detect
from .partition import Partition
from .titles import lead

PROBABILITY_DIGITS = 6
"""Probabilities are rounded to this, so that the last bits of a sum hardly ever show in the output."""


def settled(spans: Sequence[Span], kinds: NDArray[np.float32], sequence: StorySequence,
            partition: Partition) -> list[Block]:  # fmt: skip
    """The blocks with their kinds and stories: what a block is depends on whether a story begins with it.

    Parameters
    ----------
    spans : sequence of Span, length n
    kinds : ndarray of shape (n, len(KINDS))
        Probabilities of the kinds.
    sequence : StorySequence
        The blocks that may belong to a story.
    partition : Partition
        Of `sequence`.
    """
    best = np.where(IN_STORY, kinds, -1.0).argmax(axis=1).tolist()
    other = np.where(IN_STORY, -1.0, kinds).argmax(axis=1).tolist()
    belongs, begins = [False] * len(spans), [False] * len(spans)
    segment = [-1] * len(spans)
    index, sure = sequence.index.tolist(), sequence.sure.tolist()
    edges = [*partition.starts.tolist(), len(index)]
    for number, (low, high) in enumerate(pairwise(edges)):
        for place in range(low, high):
            segment[index[place]], belongs[index[place]] = number, sure[place]
        # A doubtful line with which a story begins is its headline, not a link to another. With the first story that
        # is not said, for a page begins with furniture, unless nothing else of it would be left.
        if number or (len(edges) > 2 and not any(sure[low:high])):
            belongs[index[low]] = True
        begins[index[low]] = belongs[index[low]]
    blocks: list[Block] = []
    numbers: dict[int, int] = {}
    headline, heading, body = map(KINDS.index, ("headline", "heading", "body"))
    seen_body: set[int] = set()
    probabilities = kinds.tolist()
    for i, span in enumerate(spans):
        story, choice = None, other[i]
        if belongs[i]:
            story, choice = numbers.setdefault(segment[i], len(numbers)), best[i]
            if choice == headline and story in seen_body:
                choice = heading
            elif choice == heading and begins[i]:
                choice = headline
            if choice == body:
                seen_body.add(story)
        probability = round(min(1.0, probabilities[i][choice]), PROBABILITY_DIGITS)
        blocks.append(Block(span.start, span.end, KINDS[choice], story, probability))
    return blocks


def curve(sequence: StorySequence, partition: Partition) -> tuple[Boundary, ...]:
    """Every place where a story could begin but the first, and how probable that is."""
    probability = np.round(partition.probability[1:], PROBABILITY_DIGITS).tolist()
    return tuple(map(Boundary, sequence.starts[1:].tolist(), probability))


def outlined(text: str, readable: str, blocks: Sequence[Block]) -> tuple[tuple[Story, ...], list[str]]:
    """The stories of a text with their titles and languages, and their full texts as they are read.

    Parameters
    ----------
    text, readable : str
        The text, and what `reading.legible` makes of it.
    blocks : sequence of Block
        From `settled`.
    """
    own = by_story(blocks)
    stories = [Story.from_blocks(number, text, own[number]) for number in sorted(own)]
    legible = stories if readable is text else [Story.from_blocks(n, readable, own[n]) for n in sorted(own)]
    full = [story.full_text for story in legible]
    languages = [detect(part or readable[s.start : s.end]) for s, part in zip(stories, full, strict=True)]
    return tuple(replace(s, title=s.title if s.titled else lead(part), language=language)
                 for s, part, language in zip(stories, full, languages, strict=True)), full  # fmt: skip


def language_of(text: str, stories: Sequence[Story]) -> str:
    """The language of most of the stories' text."""
    if not stories:
        return detect(text)
    share: dict[str, int] = {}
    for story in stories:
        share[story.language] = share.get(story.language, 0) + story.end - story.start
    return max(share, key=lambda language: (language != UNDETERMINED, share[language], language))
