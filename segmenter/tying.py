"""Which words make two stretches of text alike, and which keep them apart, by leaving each of them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .embedding import Embedder
from .story import Span

MOST = 600
"""Pairs of a block and a word that are looked at: each costs one call of the embedding."""

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u200c'’])*")


@dataclass(frozen=True, slots=True)
class Ties:
    """How alike two stretches are, and what words do to that.

    Attributes
    ----------
    cosine : float
        Of the weighted sums of the blocks' vectors.
    together, apart : tuple of str
        Words without which they would be less alike, and more; the strongest first.
    """

    cosine: float
    together: tuple[str, ...]
    apart: tuple[str, ...]


def ties(text: str, left: Sequence[Span], right: Sequence[Span], weights: NDArray[np.float64], embedder: Embedder, *,
         limit: int = 4) -> Ties:  # fmt: skip
    """Weigh the words of two stretches.

    Parameters
    ----------
    text : str
    left, right : sequence of Span
        Their blocks, in order; words are taken from those that are nearest to the place between first.
    weights : ndarray of shape (len(left) + len(right),)
        How much each block counts.
    embedder : Embedder
    limit : int
        How many words of either sort.

    Returns
    -------
    Ties
    """
    spans = [*left, *right]
    vectors = embedder.encode([span.of(text) for span in spans]) * weights[:, None]
    side = np.arange(len(spans)) >= len(left)
    sums = np.array([vectors[~side].sum(axis=0), vectors[side].sum(axis=0)])
    whole = _cosine(sums)
    nearest = sorted(range(len(spans)), key=lambda i: len(left) - 1 - i if i < len(left) else i - len(left))
    variants: list[tuple[str, int, str]] = []
    for i in nearest:
        block = spans[i].of(text)
        for word in dict.fromkeys(match.group() for match in _WORD.finditer(block)):
            if len(word) > 1:
                variants.append((word, i, re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", block)))
    variants = variants[:MOST]
    without = embedder.encode([block for _, _, block in variants])
    change: dict[str, NDArray[np.float64]] = {}
    for (word, i, _), vector in zip(variants, without, strict=True):
        row = change.setdefault(word, np.zeros_like(sums))
        row[int(side[i])] += vector * weights[i] - vectors[i]
    effect = {word: whole - _cosine(sums + row) for word, row in change.items()}
    ordered = sorted(effect, key=lambda word: (-abs(effect[word]), word))
    return Ties(whole, tuple(word for word in ordered if effect[word] > 0)[:limit],
                tuple(word for word in ordered if effect[word] < 0)[:limit])  # fmt: skip


def _cosine(pair: NDArray[np.float64]) -> float:
    norms = np.linalg.norm(pair, axis=1)
    return float(pair[0] @ pair[1] / norms.prod()) if norms.min() > 1e-9 else 0.0
