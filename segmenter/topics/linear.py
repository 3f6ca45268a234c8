"""A linear model over texts: embedding and hashed words side by side, numpy alone when it decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder, load_embedder
from ..errors import ModelError, SegmenterError
from ..estimator import Estimator
from ..exact import one_thread, product
from .features import MAX_CHARS, HashedWords

BATCH = 2_048
_SURROGATE = re.compile("[\ud800-\udfff]")


class LinearTexts(Estimator):
    """Reads texts or vectors and weighs them; what the weights mean is for the class below to say.

    Attributes
    ----------
    coef_ : ndarray of shape (n_classes, dimension), float32
    word_coef_ : ndarray of shape (n_classes, words), float32
    intercept_ : ndarray of shape (n_classes,), float32
    """

    embedder: str | Path | Embedder | None
    words: int
    classes_: NDArray[Any]
    coef_: NDArray[np.float32]
    word_coef_: NDArray[np.float32]
    intercept_: NDArray[np.float32]

    @one_thread
    def _read(self, X: Any, vectors: NDArray[Any] | None, *,
              reset: bool = False) -> tuple[list[str] | None, NDArray[np.float32]]:  # fmt: skip
        """Texts, if `X` holds them, and their vectors; `reset` where the number of columns is to be learned."""
        if isinstance(X, str):
            raise SegmenterError("X is one string: give a list of texts")
        texts = _texts(X)
        if texts is None:
            from sklearn.utils.validation import validate_data  # texts, the usual thing, do without scikit-learn

            return None, validate_data(self, X, reset=reset, dtype=np.float32)
        if vectors is None:
            vectors = self._encoder().encode(texts)
        if len(vectors) != len(texts):
            raise SegmenterError(f"{len(texts)} texts and {len(vectors)} vectors: give one vector a text")
        vectors = np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise SegmenterError(f"vectors has shape {vectors.shape} and may hold NaN: give one finite row a text")
        if reset:
            self.n_features_in_ = vectors.shape[1]
        return texts, vectors

    def _encoder(self) -> Embedder:
        if self.embedder is not None and not isinstance(self.embedder, (str, Path)):
            return self.embedder
        known: tuple[str | Path | None, Embedder] | None = self.__dict__.get("_loaded")
        if known is None or known[0] != self.embedder:
            known = self._loaded = (self.embedder, load_embedder(self.embedder))
        return known[1]

    def _words(self, texts: Sequence[str],
               columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:  # fmt: skip
        cached: HashedWords | None = self.__dict__.get("_hashed")
        if cached is None or cached.columns != columns:
            cached = self._hashed = HashedWords(columns)
        return cached.rows(texts)

    def _decide(self, X: Any, vectors: NDArray[Any] | None) -> NDArray[np.float32]:
        self._refuse_unfitted()
        return self._weigh(*self._read(X, vectors))

    @one_thread
    def _weigh(self, texts: list[str] | None, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decisions, shape (n, n_classes), of what `_read` gave."""
        self._refuse_other_sizes(vectors)
        decision = product(vectors, self.coef_) + self.intercept_
        if texts is not None and self.word_coef_.shape[1]:
            for start in range(0, len(texts), BATCH):
                columns, offsets, values = self._words(texts[start : start + BATCH], self.word_coef_.shape[1])
                filled = np.flatnonzero(np.diff(offsets))
                if len(filled):
                    weighted = self._by_column.take(columns, axis=0)
                    weighted *= values[:, None]
                    decision[start + filled] += np.add.reduceat(weighted, offsets[filled], axis=0)
        return decision

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "classes_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("this TopicClassifier has learned nothing yet: call fit, load or from_taxonomy first")

    def _refuse_other_sizes(self, vectors: NDArray[Any]) -> None:
        if vectors.shape[1] != self.coef_.shape[1]:
            raise ModelError(f"the vectors have {vectors.shape[1]} numbers, the classifier was made for "
                             f"{self.coef_.shape[1]}: use the embedding it was made with")  # fmt: skip

    @property
    def _by_column(self) -> NDArray[np.float32]:
        rows: NDArray[np.float32] | None = self.__dict__.get("_transposed")
        if rows is None or self.__dict__.get("_transposed_of") is not self.word_coef_:
            rows = self._transposed = np.ascontiguousarray(self.word_coef_.T)
            self._transposed_of = self.word_coef_
        return rows


def _texts(X: Any) -> list[str] | None:
    """The parts that are read of the texts in `X`; None if it holds something for numpy to read."""
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray):
        if X.ndim != 1 or (X.size and not isinstance(X[0], str)):
            return None
        X = X.tolist()
    if not isinstance(X, Sequence):
        return None
    if X and not isinstance(X[0], str):
        return None
    if not all(isinstance(text, str) for text in X):
        raise SegmenterError("X holds something that is no string: give texts only")
    return [_SURROGATE.sub("\ufffd", text[:MAX_CHARS]) for text in X]  # no tokenizer takes half a character
