"""A linear classifier of stories: scikit-learn in manners, numpy when it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..document import Topic
from ..embedding import Embedder, load_embedder
from ..errors import ModelError, SegmenterError
from ..estimator import Estimator
from .features import HashedWords
from .taxonomy import Taxonomy

THRESHOLD, LIMIT = 0.15, 5
ZERO_SHOT_TEMPERATURE = 0.05
BATCH = 2_048


class TopicClassifier(Estimator):
    """Sorts texts under labels: multinomial logistic regression on a text's embedding and its hashed words.

    Parameters
    ----------
    embedder : str, path, Embedder or None
        What turns texts into vectors. None for the shipped one; names and paths go to
        `segmenter.embedding.load_embedder`; an object is used as it is.
    C : float
        Inverse strength of the penalty on the weights.
    words : int
        Columns of the hashed words; 0 to use the embedding alone.
    word_scale : float
        Length of the word features, where the embedding has length 1.
    class_weight : "balanced", dict or None
        As in scikit-learn.
    max_iter : int
        At most so many steps of the solver.
    calibrate : bool
        Whether `fit` chooses a temperature by cross-validation (Guo et al., 2017), so that probabilities can be
        taken at their word. Needs at least three examples of every class.
    random_state : int or None
        Draws the folds of the calibration.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    coef_ : ndarray of shape (n_classes, dimension), float32
    word_coef_ : ndarray of shape (n_classes, words), float32
        No columns where the classifier was fitted on vectors.
    intercept_ : ndarray of shape (n_classes,), float32
    temperature_ : float
        What decisions are divided by before they become probabilities.
    names_ : dict
        Name of a label for people; the label itself where it has none.
    """

    _estimator_type = "classifier"

    def __init__(self, embedder: str | Path | Embedder | None = None, *, C: float = 3.0, words: int = 32_768,
                 word_scale: float = 1.5, class_weight: str | dict[Any, float] | None = None, max_iter: int = 200,
                 calibrate: bool = True, random_state: int | None = 0) -> None:  # fmt: skip
        self.embedder = embedder
        self.C = C
        self.words = words
        self.word_scale = word_scale
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.calibrate = calibrate
        self.random_state = random_state

    @classmethod
    def from_taxonomy(cls, taxonomy: Taxonomy, **params: Any) -> TopicClassifier:
        """Make a classifier of a taxonomy's roots without any training text.

        A root is the mean vector of its name, description, examples and all that stands below it; a text goes to the
        nearest. Scores are not calibrated.

        Parameters
        ----------
        taxonomy : Taxonomy
        **params
            Those of the constructor.

        Raises
        ------
        SegmenterError
            If the taxonomy has fewer than two roots.
        """
        if len(taxonomy.roots) < 2:
            raise SegmenterError(f"{taxonomy.title}: a classifier needs two roots, this taxonomy has "
                                 f"{len(taxonomy.roots)}; add labels without a parent")  # fmt: skip
        model = cls(**params)
        embedder = model._encoder()
        rows = []
        for root in taxonomy.roots:
            labels = [taxonomy[id] for id in (root, *taxonomy.descendants(root))]
            kinds = (
                [*labels[0].names.values(), labels[0].description],
                [text for label in labels[1:] for text in (taxonomy.name(label.id), label.description)],
                [text for label in labels for text in label.synonyms],
                [text for label in labels for text in label.examples],
            )
            rows.append(_unit(np.sum([_mean(embedder, texts) for texts in kinds], axis=0)))
        vectors = np.array(rows, dtype=np.float32)
        order = np.argsort(np.array(taxonomy.roots))
        # Names of labels share a direction that says "label" and nothing else.
        model.coef_ = (vectors - vectors.mean(axis=0))[order]
        model.classes_ = np.array(taxonomy.roots)[order]
        model.word_coef_ = np.zeros((len(rows), 0), dtype=np.float32)
        model.intercept_ = np.zeros(len(rows), dtype=np.float32)
        model.temperature_ = ZERO_SHOT_TEMPERATURE
        model.names_ = {root: taxonomy.name(root) for root in taxonomy.roots}
        return model

    def fit(self, X: Sequence[str] | ArrayLike, y: Sequence[Any], sample_weight: ArrayLike | None = None,
            *, vectors: NDArray[Any] | None = None) -> TopicClassifier:  # fmt: skip
        """Learn from labelled texts.

        Parameters
        ----------
        X : sequence of str, or array of shape (n_samples, dimension)
            Texts, or their embeddings; on embeddings alone no word features are learned.
        y : sequence of shape (n_samples,)
            Labels: strings or integers.
        sample_weight : array of shape (n_samples,), optional
        vectors : ndarray of shape (n_samples, dimension), optional
            Embeddings of the texts in `X`, where they are at hand.

        Raises
        ------
        SegmenterError
            If the sizes differ, there are fewer than two classes, or `X` is neither texts nor vectors.
        """
        from . import solver  # brings scikit-learn, which prediction does without

        texts, vectors = self._read(X, vectors)
        classes, target = np.unique(np.asarray(y), return_inverse=True)
        if len(target) != len(vectors):
            raise SegmenterError(f"X has {len(vectors)} samples and y {len(target)}: give one label a sample")
        if len(classes) < 2:
            raise SegmenterError(f"y holds {len(classes)} class(es): a classifier needs at least two")
        weight = np.ones(len(target)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        weight = weight * solver.class_weights(self.class_weight, classes, target)
        words = self._words(texts) if texts is not None and self.words else None
        design = solver.design(vectors, words, self.words, self.word_scale)
        coef, intercept = solver.fit(design, target, weight, C=self.C, max_iter=self.max_iter)
        self.classes_ = classes
        self.coef_ = coef[:, : vectors.shape[1]]
        self.word_coef_ = coef[:, vectors.shape[1] :] * np.float32(self.word_scale)
        self.intercept_ = intercept
        self.temperature_ = 1.0
        if self.calibrate and np.bincount(target).min() >= solver.FOLDS:
            self.temperature_ = solver.temperature(design, target, weight, C=self.C, max_iter=self.max_iter,
                                                   seed=self.random_state)  # fmt: skip
        self.names_ = {}
        self.n_features_in_ = vectors.shape[1]
        return self

    def decision_function(self, X: Sequence[str] | ArrayLike, *,
                          vectors: NDArray[Any] | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Log-odds up to a constant, before calibration; shape (n_samples, n_classes), (n_samples,) for two classes."""
        decision = self._decide(X, vectors)
        return decision[:, 1] - decision[:, 0] if len(self.classes_) == 2 else decision

    def predict_proba(self, X: Sequence[str] | ArrayLike, *,
                      vectors: NDArray[Any] | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Calibrated probabilities, shape (n_samples, n_classes); the rows sum to 1.

        Parameters
        ----------
        X : sequence of str, or array of shape (n_samples, dimension)
            Texts, or embeddings: then the word features count as absent.
        vectors : ndarray, optional
            Embeddings of the texts in `X`, where they are at hand.
        """
        logits = self._decide(X, vectors) / np.float32(self.temperature_)
        logits -= logits.max(axis=1, keepdims=True) if len(logits) else 0.0
        odds = np.exp(logits)
        return odds / odds.sum(axis=1, keepdims=True)

    def predict(self, X: Sequence[str] | ArrayLike, *, vectors: NDArray[Any] | None = None) -> NDArray[Any]:
        """The most probable label of every sample, shape (n_samples,)."""
        best = self._decide(X, vectors).argmax(axis=1)
        return self.classes_[best]

    def score(self, X: Sequence[str] | ArrayLike, y: Sequence[Any], sample_weight: ArrayLike | None = None) -> float:
        """Share of the samples that get their label."""
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))

    def topics(self, texts: Sequence[str], vectors: NDArray[Any] | None = None, languages: Sequence[str] | None = None,
               *, threshold: float = THRESHOLD, limit: int = LIMIT,
               minimum: float = 0.0) -> list[tuple[Topic, ...]]:  # fmt: skip
        """What each text is about.

        Parameters
        ----------
        texts : sequence of str
            Title, line break, body.
        vectors : ndarray of shape (len(texts), dimension), optional
            Their embeddings, where they are at hand.
        languages : sequence of str, optional
            Their languages. A classifier may use them; this one reads all languages with the same weights.
        threshold : float
            Labels other than the best are given from this probability on.
        limit : int
            At most so many labels.
        minimum : float
            Below this probability of the best label there is no answer at all. 0: there always is one.

        Returns
        -------
        list of tuple of Topic
            Best first; scores are probabilities, rounded to four digits.
        """
        answers: list[tuple[Topic, ...]] = []
        probability = self.predict_proba(texts, vectors=vectors)
        labels = [(str(label), str(self.names_.get(label, label))) for label in self.classes_.tolist()]
        for row in probability:
            best, *others = np.argsort(-row, kind="stable")[:limit].tolist()
            kept = [best, *(i for i in others if row[i] >= threshold)] if row[best] >= minimum else []
            answers.append(tuple(Topic(*labels[i], round(float(row[i]), 4)) for i in kept))
        return answers

    def save(self, folder: str | Path) -> None:
        """Write ``model.safetensors`` and ``config.json`` into `folder`; see `segmenter.topics.storage`."""
        from .storage import save

        save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path, *, embedder: str | Path | Embedder | None = None) -> TopicClassifier:
        """Read what `save` wrote.

        Parameters
        ----------
        folder : path
        embedder : str, path, Embedder or None
            Needed where the classifier was made with an embedder that has no path or name to find it by.

        Raises
        ------
        ModelError
            If the folder cannot be read or needs an embedder.
        """
        from .storage import load

        return load(cls, Path(folder), embedder)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classes_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(estimator_type="classifier", target_tags=TargetTags(required=True),
                    classifier_tags=ClassifierTags(), transformer_tags=None, regressor_tags=None,
                    input_tags=InputTags(one_d_array=True, two_d_array=True, string=True))  # fmt: skip

    def _read(self, X: Any, vectors: NDArray[Any] | None) -> tuple[list[str] | None, NDArray[np.float32]]:
        """Texts, if `X` holds them, and their vectors."""
        if isinstance(X, str):
            raise SegmenterError("X is one string: give a list of texts")
        if hasattr(X, "to_numpy"):
            X = X.to_numpy()
        array = X if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiu" else None
        if array is None:
            texts = list(X)
            if texts and not isinstance(texts[0], str):
                try:
                    array = np.asarray(texts, dtype=np.float32)
                except (TypeError, ValueError):
                    array = np.zeros(0)
                if array.ndim != 2:
                    raise SegmenterError("X is neither a sequence of texts nor a matrix of embeddings")
            elif not all(isinstance(text, str) for text in texts):
                raise SegmenterError("X holds something that is no string: give texts only")
            else:
                if vectors is None:
                    vectors = self._encoder().encode(texts)
                if len(vectors) != len(texts):
                    raise SegmenterError(f"{len(texts)} texts and {len(vectors)} vectors: give one vector a text")
                return texts, np.asarray(vectors, dtype=np.float32)
        if not np.isfinite(array).all():
            raise SegmenterError("X holds NaN or infinite numbers")
        return None, np.asarray(array, dtype=np.float32)

    def _encoder(self) -> Embedder:
        if self.embedder is not None and not isinstance(self.embedder, (str, Path)):
            return self.embedder
        key, loaded = self.__dict__.get("_loaded", (None, None))
        if loaded is None or key != self.embedder:
            loaded = load_embedder(self.embedder)
            self._loaded = (self.embedder, loaded)
        return loaded

    def _words(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        cached: HashedWords | None = self.__dict__.get("_hashed")
        if cached is None or cached.columns != self.words:
            cached = self._hashed = HashedWords(self.words)
        return cached.rows(texts)

    def _decide(self, X: Any, vectors: NDArray[Any] | None) -> NDArray[np.float32]:
        if not hasattr(self, "classes_"):
            raise SegmenterError("this TopicClassifier has learned nothing yet: call fit, load or from_taxonomy first")
        texts, vectors = self._read(X, vectors)
        if vectors.shape[1] != self.coef_.shape[1]:
            raise ModelError(f"the vectors have {vectors.shape[1]} numbers, the classifier was made for "
                             f"{self.coef_.shape[1]}: use the embedding it was made with")  # fmt: skip
        decision = vectors @ self.coef_.T + self.intercept_
        if texts is not None and self.word_coef_.shape[1]:
            for start in range(0, len(texts), BATCH):
                columns, offsets, values = self._words(texts[start : start + BATCH])
                filled = np.flatnonzero(np.diff(offsets))
                if len(filled):
                    weighted = self._by_column[columns] * values[:, None]
                    decision[start + filled] += np.add.reduceat(weighted, offsets[filled], axis=0)
        return decision

    @property
    def _by_column(self) -> NDArray[np.float32]:
        rows: NDArray[np.float32] | None = self.__dict__.get("_transposed")
        if rows is None or self.__dict__.get("_transposed_of") is not self.word_coef_:
            rows = self._transposed = np.ascontiguousarray(self.word_coef_.T)
            self._transposed_of = self.word_coef_
        return rows


def _mean(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float64]:
    return _unit(embedder.encode([text for text in texts if text]).astype(float).sum(axis=0))


def _unit(row: NDArray[np.float64]) -> NDArray[np.float64]:
    return row / max(float(np.linalg.norm(row)), 1e-9)
