"""What the decision goes by: the blocks of a text with their vectors, outward features and opening words.

One way for all, so that training sees what `Segmenter` sees; of many texts at once, since a call of numpy takes longer
than what it computes for the blocks of one. What is found in a text does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .blocks import split_blocks
from .document import Span
from .embedding import Embedder, StaticEmbedder, shipped_embedder
from .features import surface
from .openings import OpeningModel, Tokens, shipped_openings
from .seams import find_seams
from .sequences import Edges, edges_of


@dataclass(frozen=True, slots=True)
class Reader:
    """The parts of the evidence that read tokens; they belong together, for they share a vocabulary.

    Parameters
    ----------
    embedder : StaticEmbedder
    openings : OpeningModel
    """

    embedder: StaticEmbedder
    openings: OpeningModel


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the blocks of a text.

    Attributes
    ----------
    spans : list of Span, length n
    vectors : ndarray of shape (n, d)
    outward : ndarray of shape (n, len(SURFACE))
        From `features.surface`.
    opening : ndarray of shape (n,)
        Log odds that a story begins with the block, by its first words.
    """

    spans: list[Span]
    vectors: NDArray[np.float32]
    outward: NDArray[np.float32]
    opening: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the blocks of several texts stand, in one text of all of them.

    Attributes
    ----------
    text : str
    starts, ends : ndarray of int64, shape (n,)
    edges : ndarray of int64, shape (k + 1,)
        With which block each of the k texts begins, and the last ends.
    """

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    edges: Edges

    @classmethod
    def of(cls, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Places:
        """Lay texts with these blocks one after the other."""
        edges = edges_of(map(len, spans))
        offset = np.repeat(edges_of(len(text) + 1 for text in texts)[:-1], np.diff(edges))
        places = np.array([(span.start, span.end) for own in spans for span in own], dtype=np.int64).reshape(-1, 2)
        text = texts[0] if len(texts) == 1 else "\n".join(texts)
        return cls(text, places[:, 0] + offset, places[:, 1] + offset, edges)


@cache
def shipped_reader() -> Reader:
    """The reader that comes with the package, loaded once."""
    return Reader(shipped_embedder(), OpeningModel(shipped_openings()))


def observe(text: str, embedder: Embedder, reader: Reader | None = None) -> Evidence | None:
    """Gather the evidence of a text; None if it has no block.

    Parameters
    ----------
    text : str
        Without surrogates.
    embedder : Embedder
        Whose vectors are compared.
    reader : Reader, optional
        By default the one that comes with the package.
    """
    return observe_all([text], embedder, reader)[0]


def observe_all(texts: Sequence[str], embedder: Embedder, reader: Reader | None = None) -> list[Evidence | None]:
    """Gather the evidence of several texts; see `observe`."""
    reader = reader or shipped_reader()
    found: list[Evidence | None] = [None] * len(texts)
    all_spans = [split_blocks(text) for text in texts]
    filled = [number for number, spans in enumerate(all_spans) if spans]
    texts, all_spans = [texts[number] for number in filled], [all_spans[number] for number in filled]
    if not filled:
        return found
    edges = edges_of(map(len, all_spans))
    tokens = reader.embedder.tokens([span.of(text) for text, spans in zip(texts, all_spans, strict=True)
                                     for span in spans])  # fmt: skip
    vectors = reader.embedder.sum_tokens(tokens)
    parts = [_at_seams(text, spans, tokens[low:high], vectors[low:high], reader)
             for text, spans, low, high in zip(texts, all_spans, edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
    places = Places.of(texts, [spans for spans, _, _ in parts])
    outward = surface(places.text, places.starts, places.ends, places.edges)
    opening = reader.openings.score([own for _, tokens, _ in parts for own in tokens])
    for i, (text, (spans, _, own)) in enumerate(zip(texts, parts, strict=True)):
        low, high = int(places.edges[i]), int(places.edges[i + 1])
        if embedder is not reader.embedder:  # of each text by itself: what stands beside a block may change its vector
            own = embedder.encode([span.of(text) for span in spans])
        found[filled[i]] = Evidence(spans, own, outward[low:high], opening[low:high])
    return found


def _at_seams(text: str, spans: list[Span], tokens: list[Tokens], vectors: NDArray[np.float32],
              reader: Reader) -> tuple[list[Span], list[Tokens], NDArray[np.float32]]:  # fmt: skip
    """The blocks with their tokens and vectors, cut where one story runs into the next."""
    seams = find_seams(text, spans, vectors, reader.embedder, reader.openings)
    if seams is None:
        return spans, tokens, vectors
    cut = np.flatnonzero(seams.cut)
    anew = reader.embedder.tokens([seams.spans[i].of(text) for i in cut])
    parts = dict(zip(cut.tolist(), anew, strict=True))
    vectors = vectors[seams.source]
    vectors[cut] = reader.embedder.sum_tokens(anew)
    return seams.spans, [parts.get(i, tokens[source]) for i, source in enumerate(seams.source.tolist())], vectors
