"""What the decision goes by: the blocks of a text with their vectors, outward features and opening words.

One function, so that training sees what `Segmenter` sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .blocks import split_blocks
from .document import Span
from .embedding import Embedder, StaticEmbedder, shipped_embedder
from .features import surface
from .openings import OpeningModel, shipped_openings
from .seams import find_seams


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
    spans = split_blocks(text)
    if not spans:
        return None
    reader = reader or shipped_reader()
    tokens = reader.embedder.tokens([span.of(text) for span in spans])
    vectors = reader.embedder.sum_tokens(tokens)
    seams = find_seams(text, spans, vectors, reader.embedder, reader.openings)
    if seams is not None:
        cut = np.flatnonzero(seams.cut)
        anew = reader.embedder.tokens([seams.spans[i].of(text) for i in cut])
        parts = dict(zip(cut.tolist(), anew, strict=True))
        spans = seams.spans
        tokens = [parts.get(i, tokens[source]) for i, source in enumerate(seams.source.tolist())]
        vectors = vectors[seams.source]
        vectors[cut] = reader.embedder.sum_tokens(anew)
    if embedder is not reader.embedder:
        vectors = embedder.encode([span.of(text) for span in spans])
    return Evidence(spans, vectors, surface(text, spans), reader.openings.score(tokens))
