"""Train the shipped topic classifier: the 17 roots of IPTC Media Topics, and the second level below them.

It learns from articles of the corpora that were labelled by careful reading (`labels`) and from example texts written
for the project. How sure it may be is learned from articles of sources that it has not seen, by cross-validation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder, shipped_embedder
from ..errors import InputError
from ..topics import Taxonomy, TopicClassifier
from ..topics.calibration import fit_acceptance
from ..topics.features import MAX_CHARS
from .corpora import Article, read_all
from .iptc import write_iptc
from .labels import Labelled, labelled

Log = Callable[[str], Any]
LANGUAGES = ("ar", "en", "fr")
FOLDS = 5
ALSO = 0.35
"""How much a topic that is right too counts beside the first."""

EXAMPLE_WEIGHT = 2.0
BALANCE = 0.5
LABELS_DRAWN_WITH = 0
"""Seed with which the corpora were read when their articles were labelled."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with a topic of any level and how much it counts."""

    text: str
    topic: str
    weight: float = 1.0


@dataclass(frozen=True)
class HeldOut:
    """What classifiers said of articles from sources they had not seen.

    Attributes
    ----------
    logits : ndarray of shape (n, n_classes)
    right : ndarray of shape (n, n_classes), bool
        All topics that are right for each article.
    primary : ndarray of shape (n,)
        Number of its first topic.
    finer : ndarray of shape (n,)
        Whether the most likely second-level topic below the first topic is the article's; NaN where it has none.
    languages : ndarray of shape (n,)
    classes : ndarray of shape (n_classes,)
    """

    logits: NDArray[np.float32]
    right: NDArray[np.bool_]
    primary: NDArray[np.intp]
    finer: NDArray[np.float64]
    languages: NDArray[Any]
    classes: NDArray[Any]


def examples(languages: Iterable[str] = LANGUAGES) -> list[Sample]:
    """The example texts that come with the package, written for it."""
    folder = resources.files("segmenter") / "models" / "examples"
    lines = [line for language in languages
             for line in (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip
    return [Sample(record["text"], record["topic"]) for record in map(json.loads, lines)]


def train_topics(corpora: Path, shared: Path, out: Path, log: Log | None = None, *,
                 articles: Sequence[Article] | None = None,
                 embedder: Embedder | None = None) -> TopicClassifier:  # fmt: skip
    """Train the classifier and write it, with its card, into `out`.

    Parameters
    ----------
    corpora : path
        The folder of the corpora; see `segmenter.training.corpora`.
    shared : path
        A folder with ``iptc/media_topics.tsv`` and ``iptc/top_level.json``. They are written anew into the package's
        ``models/iptc`` beside `out`.
    out : path
        The folder for ``model.safetensors`` and ``config.json``; usually ``segmenter/models/topics``.
    log : callable, optional
        Takes lines about progress.
    articles : sequence of Article, optional
        What ``read_all(corpora, seed=LABELS_DRAWN_WITH)`` gives, where it is at hand.
    embedder : Embedder, optional
        Instead of the shipped embedding.

    Raises
    ------
    InputError
        If the corpora or the taxonomy cannot be read, or hold none of the labelled articles.
    """
    from .topic_card import write_topic_card  # which shows what is made here

    say = log or (lambda line: None)
    write_iptc(shared, out.parent / "iptc")
    known = labelled(read_all(corpora, seed=LABELS_DRAWN_WITH) if articles is None else articles)
    if not known:
        raise InputError(str(corpora), "", "holds no labelled article", "name the folder of the corpora")
    say(f"{len(known):,} labelled articles")
    trainer = Trainer(known, embedder or shipped_embedder())
    held_out = trainer.cross_validate(FOLDS)
    say("cross-validated")
    model = trainer.fit(np.arange(len(known)))
    model.acceptance_ = fit_acceptance(held_out.logits, held_out.right)
    model.embedder = None  # the shipped embedding, whatever object it was
    model.save(out)
    say(f"acceptance {model.acceptance_}; written to {out}")
    write_topic_card(out, known, model, held_out)
    return model


class Trainer:
    """Fits the shipped settings on some of the articles.

    Parameters
    ----------
    known : sequence of Labelled
    embedder : Embedder
    """

    def __init__(self, known: Sequence[Labelled], embedder: Embedder) -> None:
        self.known = known
        self.embedder = embedder
        self.taxonomy = Taxonomy.iptc()
        self._written = [Sample(one.text, one.topic, EXAMPLE_WEIGHT) for one in examples()]
        self._vectors = embedder.encode([one.text[:MAX_CHARS] for one in known])
        self._written_vectors = embedder.encode([one.text[:MAX_CHARS] for one in self._written])

    def fit(self, chosen: NDArray[np.intp]) -> TopicClassifier:
        """Learn from the articles with these numbers, and from all that was written for the project."""
        samples, rows = list(self._written), []
        for number in chosen.tolist():
            one = self.known[number]
            share = 1.0 / (1.0 + ALSO * len(one.also))
            own = [Sample(one.text, one.topic, share), *(Sample(one.text, also, ALSO * share) for also in one.also)]
            samples += own
            rows += [number] * len(own)
        roots = [self.taxonomy.root(sample.topic) for sample in samples]
        model = TopicClassifier(self.embedder, calibrate=False)
        return model.fit([sample.text for sample in samples], [sample.topic for sample in samples],
                         balanced(roots, [sample.weight for sample in samples]), taxonomy=self.taxonomy,
                         vectors=np.concatenate([self._written_vectors, self._vectors[rows]]))  # fmt: skip

    def cross_validate(self, folds: int) -> HeldOut:
        """Judge every article by a classifier that has not seen its source (see `_groups`)."""
        from sklearn.model_selection import GroupKFold

        place = {root: number for number, root in enumerate(sorted(self.taxonomy.roots))}
        logits = np.zeros((len(self.known), len(place)), dtype=np.float32)
        right = np.zeros(logits.shape, dtype=bool)
        for row, one in enumerate(self.known):
            right[row, [place[self.taxonomy.root(topic)] for topic in (one.topic, *one.also)]] = True
        primary = np.array([place[self.taxonomy.root(one.topic)] for one in self.known])
        finer = np.full(len(self.known), np.nan)
        for train, held in GroupKFold(folds).split(self._vectors, groups=_groups(self.known, folds)):
            model = self.fit(train)
            vectors = self._vectors[held]
            logits[held] = model.decision_function([self.known[i].text for i in held], vectors=vectors)
            assert model.classes_.tolist() == list(place)
            if model.finer_ is None:
                continue
            best = model.finer_.shares(vectors, primary[held]).argmax(axis=1)
            for row, guess in zip(held.tolist(), best.tolist(), strict=True):
                if self.known[row].topic not in place:
                    finer[row] = model.finer_.labels[guess] == self.known[row].topic
        languages = np.array([one.language for one in self.known])
        return HeldOut(logits, right, primary, finer, languages, np.array(list(place)))


def _groups(known: Sequence[Labelled], folds: int) -> list[str]:
    """Sources; one that holds most of its language is cut, or else the language would be judged unseen."""
    sizes = Counter(one.source for one in known)
    languages = Counter(one.language for one in known)
    return [one.source if 2 * sizes[one.source] < languages[one.language] else f"{one.source} {number % folds}"
            for number, one in enumerate(known)]  # fmt: skip


def balanced(topics: Sequence[str], weights: Sequence[float], power: float = BALANCE) -> NDArray[np.float64]:
    """Weights that bring the topics' totals closer: each is scaled by (mean total / own total) ** power."""
    total: Counter[str] = Counter()
    for topic, weight in zip(topics, weights, strict=True):
        total[topic] += weight  # type: ignore[assignment]
    mean = sum(total.values()) / len(total)
    return np.array([weight * (mean / total[topic]) ** power for topic, weight in zip(topics, weights, strict=True)])
