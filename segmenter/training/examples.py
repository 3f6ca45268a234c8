"""Synthetic dumps as the decision sees them: blocks with features, and the right answer for each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cues import cue_bags
from ..document import KINDS, Span
from ..embedding import Embedder, StaticEmbedder
from ..evaluation.dumps import SourceStory, SyntheticDump
from ..evidence import Evidence, Places, Reader, observe
from ..furniture import kind_inputs
from .corpora import Article, for_decision, read_all

LANGUAGES = {"ar": 6.0, "en": 3.0, "fr": 3.0} | dict.fromkeys(
    ("es", "de", "pt", "tr", "fa", "ur", "ru", "zh", "hi", "id", "vi"), 0.4
)
"""Share of synthetic dumps in each language: Arabic first, then English and French."""

FORGETFUL = 0.35
MOST_FORGOTTEN = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """One dump: the evidence of its blocks, and the kind and story of each (story -1 for none)."""

    evidence: Evidence
    bags: tuple[NDArray[np.uint16], NDArray[np.int64]]
    inputs: NDArray[np.float32]
    kind: NDArray[np.int64]
    story: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kind)


def stock(corpora: Path | Sequence[Article], *, seed: int = 0) -> list[SourceStory]:
    """The articles that serve the decision, as stories for dumps."""
    articles = read_all(corpora, seed=seed) if isinstance(corpora, Path) else corpora
    return [
        SourceStory(a.language, a.title, a.paragraphs, a.source, a.date, a.label) for a in articles if for_decision(a)
    ]


def examples(dumps: Iterable[SyntheticDump], reader: Reader, *, seed: int = 0) -> Iterator[Example]:
    """Examples of dumps; dumps without a block are passed over.

    In `FORGETFUL` of them a share of all tokens is not looked at: on an outlet of another kind the embedding knows
    less of what is said, and the decision has to know how that looks.
    """
    for dump in dumps:
        draw = np.random.default_rng([seed, zlib.crc32(dump.id.encode())])
        embedder: Embedder = reader.embedder
        if draw.random() < FORGETFUL:
            embedder = _Forgetful(reader.embedder, draw.uniform(0.1, MOST_FORGOTTEN), draw)
        evidence = observe(dump.text, embedder, reader)
        if evidence is None:
            continue
        kind, story = label(evidence.spans, dump)
        places = Places.of([dump.text], [evidence.spans])
        bags = cue_bags(places.text, places.starts, places.ends)
        yield Example(evidence, bags, kind_inputs([evidence], places.edges), kind, story)


class _Forgetful:
    """An embedder that leaves out a share of all tokens."""

    def __init__(self, embedder: StaticEmbedder, share: float, draw: np.random.Generator) -> None:
        self._embedder, self._share, self._draw = embedder, share, draw
        self.name, self.dimension = embedder.name, embedder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        tokens = self._embedder.tokens(texts)
        return self._embedder.sum_tokens([t[self._draw.random(len(t)) >= self._share] for t in tokens])


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
