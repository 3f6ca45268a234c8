"""What stories are compared by: a vector, words, and a sketch that tells near-copies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..embedding import Embedder, load_embedder
from .records import Fingerprint
from .words import WordHashes

TITLE, OPENING, LEAD, WHOLE = 80, 250, 400, 20_000
"""Code points of a text that stand for a missing title, that are embedded with the title, whose words are its lead, and
that are read at all."""

SHINGLE = 3
HASHES = 64
COPY = 0.7
"""Share of their shingles that two texts have in common from which on they are near-copies."""

STEP = 1 / 4096
"""Vectors are rounded to multiples of it. Their products can then be summed in float64 without any error, so that what
is alike does not depend on the order of the sum, and they fit into half precision."""

_SURROGATE = re.compile("[\ud800-\udfff]")

EMPTY = np.uint32(0xFFFF_FFFF)


class Fingerprinter:
    """Makes fingerprints.

    Parameters
    ----------
    model : str, path, Embedder or None
        The embedding, as for `Segmenter`.
    centred : bool
        As for `load_embedder`.
    """

    def __init__(self, model: str | Path | Embedder | None = None, *, centred: bool = True) -> None:
        self._embedder = load_embedder(model, centred=centred)
        self._words = WordHashes()

    @property
    def name(self) -> str:
        """Name of the embedding."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return self._embedder.dimension

    def of(self, texts: Sequence[str], titles: Sequence[str | None] | None = None,
           vectors: ArrayLike | None = None) -> list[Fingerprint]:  # fmt: skip
        """The fingerprints of stories.

        Parameters
        ----------
        texts : sequence of str
            Without their headlines. No more than the first `WHOLE` code points of each are read.
        titles : sequence of str or None, optional
            Headlines; the beginning of the text stands for one that is missing.
        vectors : array of shape (len(texts), d), optional
            Embeddings that are there already, instead of the embedder's.
        """
        heads = [None] * len(texts) if titles is None else titles
        if len(heads) != len(texts):
            raise ValueError(f"{len(texts)} texts, but {len(heads)} titles")
        parts = [_parts(text, title) for text, title in zip(texts, heads, strict=True)]
        # News tells first what happened; further down lies what other stories say, too.
        found = np.asarray(self._embedder.encode([part.opening for part in parts]) if vectors is None else vectors,
                           dtype=np.float64)  # fmt: skip
        if found.ndim != 2 or len(found) != len(texts):
            raise ValueError(f"{len(texts)} texts, but vectors of the shape {found.shape}")
        if not np.isfinite(found).all():
            raise ValueError("vectors hold values that are no finite numbers")
        return [self._one(part, vector) for part, vector in zip(parts, _rounded(found), strict=True)]

    def _one(self, part: _Parts, vector: NDArray[np.float32]) -> Fingerprint:
        title, lead, whole = (self._words.of(text) for text in (part.title, part.lead, part.whole))
        return Fingerprint(vector, _counted(title, lead, whole), sketch(whole))


class _Parts(NamedTuple):
    """What is read of a story. All but a title that is missing begin with the title."""

    title: str
    opening: str
    lead: str
    whole: str


def _parts(text: str, title: str | None) -> _Parts:
    title = _readable((title or "").strip()[:LEAD])
    text = _readable(text.strip()[:WHOLE])
    full = f"{title}\n{text}" if title else text
    return _Parts(title or text[:TITLE], full[: len(title) + OPENING], full[: len(title) + LEAD], full[:WHOLE])


def _readable(text: str) -> str:
    """Half of a surrogate pair is no character that a tokenizer takes."""
    return _SURROGATE.sub("\ufffd", text)


def _rounded(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=unit, where=lengths > 1e-9)
    # First to half precision, whose steps are wider near 1, then to the common step.
    return (np.round(unit.astype(np.float16).astype(np.float64) / STEP) * STEP).astype(np.float32)


def _counted(title: NDArray[np.uint32], lead: NDArray[np.uint32], whole: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each word of a story, and how often it stands in title, lead and whole: 8, 8 and 16 bits of one number."""
    words, counts = np.unique(whole, return_counts=True)
    packed = np.minimum(counts, 0xFFFF).astype(np.uint32) << 16
    for part, shift in ((lead, 8), (title, 0)):
        some, often = np.unique(part, return_counts=True)
        at = np.searchsorted(words, some)
        here = at < len(words)
        here[here] = words[at[here]] == some[here]  # a word that is cut at the end of a part stands nowhere else
        packed[at[here]] |= np.minimum(often[here], 0xFF).astype(np.uint32) << shift
    return np.stack([words, packed], axis=1)


def unpacked(words: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The words of a fingerprint, sorted, and their counts: shape (3, n), in title, lead and whole."""
    packed = words[:, 1]
    return words[:, 0], np.stack([packed & 0xFF, packed >> 8 & 0xFF, packed >> 16])


def sketch(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """MinHash (Broder, 1997) of the runs of `SHINGLE` words, shape (HASHES,); all `EMPTY` if there is no such run."""
    if len(words) < SHINGLE:
        return np.full(HASHES, EMPTY)
    shingles = np.zeros(len(words) - SHINGLE + 1, dtype=np.uint64)
    for i in range(SHINGLE):
        shingles = _mixed(shingles ^ words[i : len(words) - SHINGLE + 1 + i])
    shingles = np.unique(shingles)
    least = np.full(HASHES, EMPTY)
    for low in range(0, len(shingles), 1024):  # a long text does not need memory for all of its hashes
        hashes = _mixed(shingles[low : low + 1024, None] ^ _SEEDS) >> np.uint64(32)
        least = np.minimum(least, hashes.min(axis=0).astype(np.uint32))
    return least


def shared(sketches: NDArray[np.uint32], one: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Estimated share of the shingles that each of `sketches`, shape (n, HASHES), has in common with `one`."""
    share: NDArray[np.float64] = ((sketches == one) & (one != EMPTY)).mean(axis=1)
    return share


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers whose every bit depends on every bit of the given ones: the end of SplitMix64 (Steele et al., 2014)."""
    numbers = numbers + np.uint64(0x9E37_79B9_7F4A_7C15)
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58_476D_1CE4_E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D0_49BB_1331_11EB)
    return numbers ^ numbers >> np.uint64(31)


_SEEDS = _mixed(np.arange(HASHES, dtype=np.uint64))
