"""Synthetic dumps as the decision sees them: blocks with features, and the right answer for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..blocks import split_blocks
from ..document import KINDS, Span
from ..embedding.base import Embedder
from ..evaluation.dumps import SourceStory, SyntheticDump
from ..features import cue_bags, surface
from ..windows import similarities
from .corpora import Article, for_decision, read_all

LANGUAGES = {"ar": 6.0, "en": 3.0, "fr": 3.0} | dict.fromkeys(
    ("es", "de", "pt", "tr", "fa", "ur", "ru", "zh", "hi", "id", "vi"), 0.4
)
"""Share of synthetic dumps in each language: Arabic first, then English and French."""


@dataclass(frozen=True, slots=True)
class Example:
    """One dump: blocks, their features, and the kind and story of each (story -1 for none)."""

    spans: list[Span]
    outward: NDArray[np.float32]
    bags: tuple[NDArray[np.int64], NDArray[np.int64]]
    vectors: NDArray[np.float32]
    inputs: NDArray[np.float32]
    kind: NDArray[np.int64]
    story: NDArray[np.int64]


def stock(corpora: Path | Sequence[Article], *, seed: int = 0) -> list[SourceStory]:
    """The articles that serve the decision, as stories for dumps."""
    articles = read_all(corpora, seed=seed) if isinstance(corpora, Path) else corpora
    return [
        SourceStory(a.language, a.title, a.paragraphs, a.source, a.date, a.label) for a in articles if for_decision(a)
    ]


def examples(dumps: Iterable[SyntheticDump], embedder: Embedder) -> Iterator[Example]:
    """Examples of dumps; dumps without a block are passed over."""
    for dump in dumps:
        spans = split_blocks(dump.text)
        if not spans:
            continue
        kind, story = label(spans, dump)
        vectors = embedder.encode([span.of(dump.text) for span in spans])
        outward = surface(dump.text, spans)
        inputs = np.concatenate([outward, similarities(vectors)], axis=1)
        yield Example(spans, outward, cue_bags(dump.text, spans), vectors, inputs, kind, story)


def label(spans: Sequence[Span], dump: SyntheticDump) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Kind and story of the unit that covers most of each block."""
    kind = np.zeros(len(spans), dtype=np.int64)
    story = np.full(len(spans), -1, dtype=np.int64)
    first = 0
    for i, span in enumerate(spans):
        while first < len(dump.units) and dump.units[first].end <= span.start:
            first += 1
        most, at = 0, first
        while at < len(dump.units) and dump.units[at].start < span.end:
            unit = dump.units[at]
            shared = min(unit.end, span.end) - max(unit.start, span.start)
            if shared > most:
                most = shared
                kind[i], story[i] = KINDS.index(unit.kind), -1 if unit.story is None else unit.story
            at += 1
    return kind, story
