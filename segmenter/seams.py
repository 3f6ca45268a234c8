"""Stories that begin inside a sentence.

Where a text lost its newlines, a line without a full stop (a headline, keywords, a last line cut off) runs on into the
next story, and no sentence ends where the story begins. The vectors of single tokens tell the place: up to it they are
like the blocks before, from it on like the blocks after. Blocks are cut there; whether a story begins is decided later,
by the same decision as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .blocks import starts_line
from .document import Span
from .windows import AROUND, FULL_WEIGHT_CHARS, across

UNLIKE = 0.4
"""Cosine of the two sides from which on they are of one story."""

LEAST_GAIN = 0.06
OPENING_WEIGHT = 0.02
"""What is gained by a cut, in cosine, and how much one unit of the log odds of an opening word adds. Both were chosen
on synthetic dumps without newlines: two cuts too many for each right one."""

SHORTEST_BLOCK = 50
LEAST_BEFORE, LEAST_AFTER = 10, 20

Vectors = NDArray[np.float32]


class TokenReader(Protocol):
    """What is asked of the embedder: the shipped one has it."""

    def place_tokens(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Tokens of a text and the places where they begin."""
        ...

    def token_vectors(self, tokens: NDArray[np.int32]) -> Vectors:
        """One vector a token."""
        ...


class WordOdds(Protocol):
    """What is asked of the model of openings."""

    def words(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """Log odds of each token to stand first in a story."""
        ...


@dataclass(frozen=True, slots=True)
class Seams:
    """Blocks after cutting.

    Attributes
    ----------
    spans : list of Span
    source : ndarray of int, shape (len(spans),)
        Number of the block before cutting.
    cut : ndarray of bool, shape (len(spans),)
        Which are parts of a block that was cut.
    """

    spans: list[Span]
    source: NDArray[np.intp]
    cut: NDArray[np.bool_]


def find_seams(text: str, spans: Sequence[Span], vectors: Vectors, reader: TokenReader,
               openings: WordOdds) -> Seams | None:  # fmt: skip
    """Cut the blocks in which one story may run into the next.

    Parameters
    ----------
    text : str
    spans : sequence of Span, length n
        Its blocks; only those that share a line with the block before or after are looked at.
    vectors : ndarray of shape (n, d)
        Their vectors by `reader`.
    reader : TokenReader
    openings : WordOdds

    Returns
    -------
    Seams or None
        None if no block is cut, as in any text that kept its newlines.
    """
    n = len(spans)
    lengths = np.array([len(span) for span in spans], dtype=np.float32)
    weight = np.sqrt(np.minimum(lengths, FULL_WEIGHT_CHARS))
    places = {}
    for i in _candidates(text, spans, vectors, weight):
        contrast = _side(vectors, weight, i - AROUND, i) - _side(vectors, weight, i + 1, i + 1 + AROUND)
        if (at := _seam(spans[i].of(text), contrast, reader, openings)) is not None:
            places[i] = spans[i].start + at
    if not places:
        return None
    out: list[Span] = []
    source: list[int] = []
    for i in range(n):
        span = spans[i]
        if i in places:
            end = places[i]
            while text[end - 1].isspace():
                end -= 1
            out += [Span(span.start, end), Span(places[i], span.end)]
            source += [i, i]
        else:
            out.append(span)
            source.append(i)
    numbers = np.array(source, dtype=np.intp)
    return Seams(out, numbers, np.isin(numbers, list(places)))


def _candidates(text: str, spans: Sequence[Span], vectors: Vectors, weight: Vectors) -> list[int]:
    """Blocks that share a line with a neighbour and stand between blocks unlike each other."""
    lines = starts_line(text, list(spans))
    joined = [i for i in range(1, len(spans) - 1)
              if len(spans[i]) >= SHORTEST_BLOCK and not (lines[i] and lines[i + 1])]  # fmt: skip
    if not joined:
        return []
    alike = across(vectors, weight)
    return [i for i in joined if alike[i] <= UNLIKE]


def _side(vectors: Vectors, weight: Vectors, low: int, high: int) -> Vectors:
    """Unit sum of the vectors of neighbouring blocks, longer ones counting more."""
    low = max(0, low)
    total = weight[low:high] @ vectors[low:high]
    norm = float(np.linalg.norm(total))
    return total / norm if norm > 1e-9 else total


def _seam(block: str, contrast: Vectors, reader: TokenReader, openings: WordOdds) -> int | None:
    """Offset in the block at which its second part begins."""
    tokens, places = reader.place_tokens(block)
    # Not before the first token: what has none cannot be seen, and would be a block of its own.
    inner = [k for k, at in enumerate(places.tolist())
             if k and LEAST_BEFORE <= at <= len(block) - LEAST_AFTER and block[at - 1].isspace()]  # fmt: skip
    if not inner:
        return None
    rows = reader.token_vectors(tokens)
    size = float(np.linalg.norm(rows.sum(axis=0)))
    if size <= 1e-9:
        return None
    # How much more what stands before each token is like the blocks before than like those after.
    leaning = np.concatenate([[0.0], np.cumsum(rows @ contrast, dtype=np.float64)]) / size
    gain = leaning[inner] + OPENING_WEIGHT * openings.words(tokens[inner]) - max(0.0, leaning[-1])
    best = int(gain.argmax())
    return int(places[inner[best]]) if gain[best] >= LEAST_GAIN else None
