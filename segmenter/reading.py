"""A text as the decision sees it: the first half of the way, which splitting, fitting and explaining have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .boundaries import StorySequence, prepare
from .document import Span
from .embedding import Embedder
from .evidence import observe_all
from .furniture import shipped_kinds

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a text before stories are looked for.

    Attributes
    ----------
    spans : list of Span, length n
        Its blocks.
    kinds : ndarray of shape (n, len(KINDS))
        Probabilities of the kinds.
    sequence : StorySequence
        The blocks that may belong to a story.
    """

    spans: list[Span]
    kinds: NDArray[np.float32]
    sequence: StorySequence


def legible(text: str) -> str:
    """`text` with a mark for each half of a surrogate pair, which is no character that a tokenizer takes."""
    return _SURROGATE.sub("\ufffd", text)


def read(text: str, embedder: Embedder) -> Reading | None:
    """Read a legible text; None if it has no block."""
    return read_all([text], embedder)[0]


def read_all(texts: Sequence[str], embedder: Embedder) -> list[Reading | None]:
    """What `read` gives for each of several texts, in less time."""
    found: list[Reading | None] = [None] * len(texts)
    seen = [(i, evidence) for i, evidence in enumerate(observe_all(texts, embedder)) if evidence is not None]
    if seen:
        evidence = [own for _, own in seen]
        kinds = shipped_kinds().predict_all([texts[i] for i, _ in seen], evidence)
        for (i, own), probability, sequence in zip(seen, kinds, prepare(evidence, kinds), strict=True):
            found[i] = Reading(own.spans, probability, sequence)
    return found
