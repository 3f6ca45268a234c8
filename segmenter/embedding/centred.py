"""Other models' vectors, moved so that texts which have nothing in common are at right angles.

Many sentence encoders put all texts into a narrow cone (cosines of .7 to .9 between strangers; Ethayarajh 2019, Mu and
Viswanath 2018), while the decision was learned on the shipped model, where strangers have a cosine near 0. Taking off
the mean of a few texts on all topics, and making rows unit again, brings the two together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .base import Embedder

EVERY = 9
"""One in so many of the example texts serves as reference; they come ordered by topic."""


class CentredEmbedder:
    """An embedder with the mean of reference texts taken off.

    Parameters
    ----------
    embedder : Embedder
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._mean = embedder.encode(reference_texts()).mean(axis=0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`."""
        vectors = self._embedder.encode(texts)
        said = vectors.any(axis=1, keepdims=True)
        moved = np.where(said, vectors - self._mean, 0.0).astype(np.float32)
        norms = np.linalg.norm(moved, axis=1, keepdims=True)
        unit = np.zeros_like(moved)
        np.divide(moved, norms, out=unit, where=norms > 1e-9)
        return unit

    def digest(self) -> str:
        """A fingerprint of the weights, where the model has one."""
        digest: Callable[[], str] | None = getattr(self._embedder, "digest", None)
        return "" if digest is None else digest()


def reference_texts() -> list[str]:
    """Short texts on all topics in Arabic, English and French, written for this project."""
    folder = resources.files("segmenter") / "models" / "examples"
    texts: list[str] = []
    for language in ("ar", "en", "fr"):
        lines = (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        texts += [json.loads(line)["text"] for line in lines[::EVERY]]
    return texts
