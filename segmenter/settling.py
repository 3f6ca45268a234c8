"""Kind and story of every block, once it is known where stories begin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .boundaries import StorySequence
from .document import KINDS, Block, Span
from .furniture import IN_STORY
from .partition import Partition

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
    best = np.where(IN_STORY, kinds, -1.0).argmax(axis=1)
    other = np.where(IN_STORY, -1.0, kinds).argmax(axis=1)
    belongs = np.zeros(len(spans), dtype=bool)
    segment = np.full(len(spans), -1)
    begins = np.zeros(len(spans), dtype=bool)
    edges = [*partition.starts.tolist(), len(sequence.index)]
    for number, (low, high) in enumerate(pairwise(edges)):
        index = sequence.index[low:high]
        segment[index] = number
        sure = sequence.sure[low:high]
        belongs[index] = sure
        # A doubtful line with which a story begins is its headline, not a link to another. With the first story that
        # is not said, for a page begins with furniture, unless nothing else of it would be left.
        if number or (len(edges) > 2 and not sure.any()):
            belongs[index[0]] = True
        begins[index[0]] = belongs[index[0]]
    blocks: list[Block] = []
    numbers: dict[int, int] = {}
    headline, heading = KINDS.index("headline"), KINDS.index("heading")
    seen_body: set[int] = set()
    for i, span in enumerate(spans):
        story = None
        choice = int(other[i])
        if belongs[i]:
            story = numbers.setdefault(int(segment[i]), len(numbers))
            choice = int(best[i])
            if choice == headline and story in seen_body:
                choice = heading
            elif choice == heading and begins[i]:
                choice = headline
            if choice == KINDS.index("body"):
                seen_body.add(story)
        probability = round(float(min(1.0, kinds[i, choice])), PROBABILITY_DIGITS)
        blocks.append(Block(span.start, span.end, KINDS[choice], story, probability))
    return blocks
