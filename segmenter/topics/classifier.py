"""A linear classifier of stories: scikit-learn in manners, numpy when it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..document import Topic
from ..embedding import Embedder
from ..errors import SegmenterError
from .calibration import acceptance, one_of, softmax
from .features import has_word
from .finer import Finer, levels
from .linear import LinearTexts
from .taxonomy import Taxonomy, best_name
from .zero_shot import DOUBT, NONE, SHARPNESS, prototypes

THRESHOLD, LIMIT, DIGITS = 0.4, 5, 4


class TopicClassifier(LinearTexts):
    """Sorts texts under labels: multinomial logistic regression on a text's embedding and its hashed words.

    Of each text the first `features.MAX_CHARS` code points are read: news tells its topic at the top.

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
    threshold : float
        `topics` lists the labels that are right with at least this probability, and none where there is no such.
    random_state : int or None
        Draws the folds of the calibration.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted; of a taxonomy its roots.
    coef_ : ndarray of shape (n_classes, dimension), float32
    word_coef_ : ndarray of shape (n_classes, words), float32
        No columns where the classifier has seen no text, but vectors or labels alone.
    intercept_ : ndarray of shape (n_classes,), float32
    temperature_ : float
        What decisions are divided by before they become probabilities.
    acceptance_ : (float, float) or None
        Slope and offset that turn a probability among labels into that of a label being right beside others; None
        where no text was known to have several.
    none_ : float or None
        Decision for none of the labels, beside which `topics` weighs them; None where one of them is always meant.
    finer_ : Finer or None
        Labels below the classes.
    precision_ : ndarray of shape (n_classes, dimension + words + 1) or None
        How sure the weights are, for `partial_fit`; None where nothing is known of it but `C`.
    n_iter_ : int
        Steps that the solver took.
    names_ : dict
        Names of a label for people by language (ISO 639-1). A label without an entry is its own name.
    """

    _estimator_type = "classifier"

    def __init__(self, embedder: str | Path | Embedder | None = None, *, C: float = 3.0, words: int = 32_768,
                 word_scale: float = 1.5, class_weight: str | dict[Any, float] | None = None, max_iter: int = 200,
                 calibrate: bool = True, threshold: float = THRESHOLD,
                 random_state: int | None = 0) -> None:  # fmt: skip
        self.embedder = embedder
        self.C = C
        self.words = words
        self.word_scale = word_scale
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.calibrate = calibrate
        self.threshold = threshold
        self.random_state = random_state

    @classmethod
    def from_taxonomy(cls, taxonomy: Taxonomy, **params: Any) -> TopicClassifier:
        """Make a classifier of a taxonomy's roots without any training text.

        A root is the mean vector of its name, description, examples and all that stands below it; a text goes to the
        nearest, or to none if it is far from all. Labels right below a root become finer labels in the same way.
        Examples are learned from besides, by `partial_fit`, which takes more of them later. Without any the scores are
        a rough guess.

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
        roots = sorted(taxonomy.roots)
        model._forget()
        model.classes_ = np.array(roots)
        model.coef_ = prototypes(taxonomy, roots, embedder)
        model.word_coef_ = np.zeros((len(roots), 0), dtype=np.float32)
        model.intercept_ = np.zeros(len(roots), dtype=np.float32)
        model.none_ = SHARPNESS * NONE
        # The root stands beside its children, for what is under none of them.
        families = [(place, (root, *children)) for place, root in enumerate(roots)
                    if (children := taxonomy.children(root))]  # fmt: skip
        if families:
            rows = np.concatenate([prototypes(taxonomy, family, embedder, alone=True) for _, family in families])
            model.finer_ = Finer(tuple(child for _, children in families for child in children),
                                 np.repeat([place for place, _ in families], [len(c) for _, c in families]),
                                 rows, np.zeros(len(rows), dtype=np.float32))  # fmt: skip
        model._name(taxonomy)
        model.precision_ = np.full((len(roots), model.coef_.shape[1] + 1), 1.0 / (model.C * DOUBT))
        examples = [(text, taxonomy.root(label.id)) for label in taxonomy for text in label.examples]
        if examples:
            model.partial_fit([text for text, _ in examples], [root for _, root in examples])
        return model

    def fit(self, X: Sequence[str] | ArrayLike, y: Sequence[Any], sample_weight: ArrayLike | None = None,
            *, vectors: NDArray[Any] | None = None, taxonomy: Taxonomy | None = None) -> TopicClassifier:  # fmt: skip
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
        taxonomy : Taxonomy, optional
            Where the labels stand. The classes are its roots then; of labels deeper down the finer ones are learned.

        Raises
        ------
        SegmenterError
            If the sizes differ, there are fewer than two classes, a label is not in the taxonomy, or `X` is neither
            texts nor vectors.
        """
        from . import solver  # brings scikit-learn, which prediction does without

        texts, vectors = self._read(X, vectors, reset=True)
        labels = solver.read_target(y, len(vectors))
        labels, finer = (labels, None) if taxonomy is None else levels(labels, taxonomy)
        classes, target = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise SegmenterError(f"y holds {len(classes)} class(es): a classifier needs at least two")
        weight = solver.read_weights(sample_weight, vectors)
        weight = weight * solver.class_weights(self.class_weight, classes, target)
        words = self._words(texts, self.words) if texts is not None and self.words else None
        design = solver.design(vectors, words, self.words, self.word_scale)
        coef, intercept, steps = solver.fit(design, target, weight, C=self.C, max_iter=self.max_iter)
        self._forget()
        self.n_iter_ = steps
        self.classes_ = classes
        self.coef_ = coef[:, : vectors.shape[1]]
        self.word_coef_ = coef[:, vectors.shape[1] :] * np.float32(self.word_scale)
        self.intercept_ = intercept
        if self.calibrate and np.bincount(target).min() >= solver.FOLDS:
            self.temperature_ = solver.temperature(design, target, weight, C=self.C, max_iter=self.max_iter,
                                                   seed=self.random_state)  # fmt: skip
        if taxonomy is not None and finer is not None:
            self.finer_: Finer | None = Finer.fit(vectors, finer, target, weight, classes, C=self.C,
                                                  max_iter=self.max_iter)  # fmt: skip
            self._name(taxonomy)
        return self

    def partial_fit(self, X: Sequence[str] | ArrayLike, y: Sequence[Any], classes: Sequence[Any] | None = None,
                    sample_weight: ArrayLike | None = None,
                    *, vectors: NDArray[Any] | None = None) -> TopicClassifier:  # fmt: skip
        """Learn more: from a few examples after `from_taxonomy`, or from one batch after the other.

        What is known so far is the prior, the batch adds to it (see `online.update`); finer labels stay as they are.

        Parameters
        ----------
        X, y, sample_weight, vectors
            As in `fit`. A finer label counts as the class that it stands below.
        classes : sequence, optional
            All labels there will be; needed at the first call of a classifier that knows none.

        Raises
        ------
        SegmenterError
            As in `fit`; if `classes` is missing or differs from those known, or `y` holds a label that is none of them.
        """
        from . import solver
        from .online import learn

        known: NDArray[Any] | None = self.__dict__.get("classes_")
        wanted = known if classes is None else np.unique(np.asarray(classes))
        if wanted is None:
            raise SegmenterError("the first call of partial_fit needs `classes`, all labels there will be")
        if len(wanted) < 2 or (known is not None and not np.array_equal(known, wanted)):
            raise SegmenterError("`classes` must be two or more labels, and those that the classifier knows")
        texts, vectors = self._read(X, vectors, reset=known is None)
        labels = self._classes_above(solver.read_target(y, len(vectors)))
        target = np.searchsorted(wanted, labels).clip(max=len(wanted) - 1)
        if (strange := labels[wanted[target] != labels]).size:
            raise SegmenterError(f"y holds {strange[:1].tolist()[0]!r}, which is none of the classes "
                                 f"({', '.join(map(str, wanted[:20].tolist()))})")  # fmt: skip
        weight = solver.read_weights(sample_weight, vectors)
        if self.class_weight is not None:
            present, place = np.unique(target, return_inverse=True)
            weight = weight * solver.class_weights(self.class_weight, wanted[present], place)
        if known is None:
            self._forget()
            self.classes_ = wanted
            self.coef_ = np.zeros((len(wanted), vectors.shape[1]), dtype=np.float32)
            self.word_coef_ = np.zeros((len(wanted), 0), dtype=np.float32)
            self.intercept_ = np.zeros(len(wanted), dtype=np.float32)
        self._refuse_other_sizes(vectors)
        if texts is not None and not self.word_coef_.shape[1]:
            self.word_coef_ = np.zeros((len(wanted), self.words), dtype=np.float32)
        learn(self, texts, vectors, target, weight)
        return self

    def decision_function(self, X: Sequence[str] | ArrayLike, *,
                          vectors: NDArray[Any] | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Log-odds up to a constant, before calibration; shape (n_samples, n_classes), (n_samples,) for two classes."""
        decision = self._decide(X, vectors)
        return decision[:, 1] - decision[:, 0] if len(self.classes_) == 2 else decision

    def predict_proba(self, X: Sequence[str] | ArrayLike, *,
                      vectors: NDArray[Any] | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Calibrated probabilities, shape (n_samples, n_classes); the rows sum to 1.

        They are of one label being meant. The scores of `topics` differ where several may be right (`acceptance_`: the
        best keeps its score here, unless all together are less than 1, and the others share what it leaves) or none of
        them (`none_`).

        Parameters
        ----------
        X : sequence of str, or array of shape (n_samples, dimension)
            Texts, or embeddings: then the word features count as absent.
        vectors : ndarray, optional
            Embeddings of the texts in `X`, where they are at hand.
        """
        decision = self._decide(X, vectors)
        if self.acceptance_ is not None:
            return one_of(self._scores(decision))
        return softmax(decision / np.float32(self.temperature_))

    def predict(self, X: Sequence[str] | ArrayLike, *, vectors: NDArray[Any] | None = None) -> NDArray[Any]:
        """The most probable label of every sample, shape (n_samples,)."""
        decision = self._decide(X, vectors)  # first: it refuses a classifier that has learned nothing
        best: NDArray[Any] = self.classes_[decision.argmax(axis=1)]
        return best

    def score(self, X: Sequence[str] | ArrayLike, y: Sequence[Any], sample_weight: ArrayLike | None = None) -> float:
        """Share of the samples that get their label."""
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        return float(np.average(self.predict(X) == np.asarray(y), weights=weights))

    def topics(self, texts: Sequence[str], vectors: NDArray[Any] | None = None, languages: Sequence[str] | None = None,
               *, threshold: float | None = None, limit: int = LIMIT) -> list[tuple[Topic, ...]]:  # fmt: skip
        """What each text is about.

        Parameters
        ----------
        texts : sequence of str
            Title, line break, body.
        vectors : ndarray of shape (len(texts), dimension), optional
            Their embeddings, where they are at hand.
        languages : sequence of str, optional
            Languages (ISO 639-1) in which the labels are named; English, then any, where a label has no such name.
        threshold : float, optional
            Instead of the classifier's own. 0: there is an answer for every text with a word in it.
        limit : int
            At most so many labels.

        Returns
        -------
        list of tuple of Topic
            Labels that are right with a probability of at least the threshold, best first; empty where there is no
            such, or no word in the text. The best holds the finer labels below it. Scores are probabilities, rounded to
            four digits; where texts may have several labels (`acceptance_`) they need not sum to 1.
        """
        threshold = self.threshold if threshold is None else threshold
        self._refuse_unfitted()
        known, vectors = self._read(texts, vectors)
        decision = self._weigh(known, vectors)
        score = self._scores(decision)
        order = np.argsort(-score, axis=1, kind="stable")[:, :limit]
        reached, chances, labels = (score >= threshold).tolist(), score.tolist(), self.classes_.tolist()
        below = self.finer_.shares(vectors, decision.argmax(axis=1)) if self.finer_ is not None else None
        answers: list[tuple[Topic, ...]] = []
        for row, best in enumerate(order.tolist()):
            language = languages[row] if languages is not None else "en"
            spoken = known is None or has_word(known[row])
            kept = [i for i in best if spoken and reached[row][i]]
            finer: tuple[Topic, ...] = ()
            if kept and below is not None:
                finer = self._finer(labels[kept[0]], below[row], chances[row][kept[0]], language)
            answers.append(tuple(self._topic(labels[i], chances[row][i], language, () if number else finer)
                                 for number, i in enumerate(kept)))  # fmt: skip
        return answers

    def name(self, label: Any, language: str = "en") -> str:
        """Name of a label in a language; English, then any, then the label itself, where it has no such name."""
        return best_name(self.names_.get(label, {}), language, str(label))

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

    def _forget(self) -> None:
        """Back to where nothing is known but the settings."""
        self.temperature_ = 1.0
        self.acceptance_: tuple[float, float] | None = None
        self.finer_ = None
        self.names_: dict[Any, dict[str, str]] = {}
        self.precision_: NDArray[np.float64] | None = None
        self.none_: float | None = None

    def _classes_above(self, y: NDArray[Any]) -> NDArray[Any]:
        """Finer labels as the classes that they stand below; others as they are."""
        finer = self.__dict__.get("finer_")
        if finer is None:
            return y
        above = {label: self.classes_[parent] for label, parent in zip(finer.labels, finer.parents, strict=True)}
        return np.array([above.get(label, label) for label in y.tolist()])

    def _name(self, taxonomy: Taxonomy) -> None:
        labels = [*self.classes_.tolist(), *(self.finer_.labels if self.finer_ is not None else ())]
        self.names_ = {label: dict(taxonomy[label].names) for label in labels}

    def _scores(self, decision: NDArray[Any]) -> NDArray[Any]:
        """Probability of each label to be right, beside others where that was learned."""
        if self.acceptance_ is not None:
            return acceptance(decision, *self.acceptance_)
        if self.none_ is not None:
            none = np.full((len(decision), 1), self.none_, dtype=np.float32)
            decision = np.concatenate([decision, none], axis=1)
        score = softmax(decision / np.float32(self.temperature_))
        return score if self.none_ is None else score[:, :-1]

    def _topic(self, label: Any, score: float, language: str, finer: tuple[Topic, ...] = ()) -> Topic:
        return Topic(str(label), self.name(label, language), round(score, DIGITS), finer)

    def _finer(self, label: Any, shares: NDArray[Any], score: float, language: str) -> tuple[Topic, ...]:
        assert self.finer_ is not None
        return tuple(self._topic(below, score * share, language) for below, share in self.finer_.listed(shares)
                     if below != label)  # fmt: skip
