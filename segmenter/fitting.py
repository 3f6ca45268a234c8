"""What a `Segmenter` learns of dumps that somebody has looked through."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from .boundaries import StorySequence, shipped_boundaries
from .document import Document
from .embedding import Embedder
from .errors import SegmenterError
from .reading import legible, read

if TYPE_CHECKING:
    from .topics import TopicClassifier

GRID: list[float] = sorted(np.arange(-6.0, 6.25, 0.25).tolist(), key=lambda bias: (abs(bias), bias))
"""Log odds that are tried, the smallest first."""

SPREAD = 2.0
"""Standard deviation of what is believed of the log odds beforehand, so that one dump does not move them far."""


def refuse_impossible(texts: Sequence[str], boundaries: Sequence[Sequence[int]]) -> None:
    """Raise if there is nothing to learn from, or a boundary is none of its text: that would teach the opposite."""
    if not texts:
        raise ValueError("there is nothing to learn from: give texts or documents")
    for number, (text, offsets) in enumerate(zip(texts, boundaries, strict=True)):
        if isinstance(offsets, str) or not hasattr(offsets, "__iter__"):
            raise TypeError(f"text {number}: its boundaries are a list of offsets, got {offsets!r}")
        for at in offsets:
            if not isinstance(at, Integral) or not 0 < at < len(text):
                raise ValueError(f"text {number}: there can be no boundary at {at!r} in a text of {len(text)} code "
                                 "points (offsets count code points of the text as it is given)")  # fmt: skip


def fit_bias(texts: Iterable[str], boundaries: Iterable[Sequence[int]], embedder: Embedder) -> float:
    """The most probable log odds of `GRID` to add to every boundary, given the true partitions.

    Parameters
    ----------
    texts : iterable of str
    boundaries : iterable of sequences of int
        Of each text the offsets at which stories other than the first begin.
    embedder : Embedder
    """
    prepared = []
    for text, offsets in zip(texts, boundaries, strict=True):
        reading = read(legible(text), embedder)
        if reading is not None:
            prepared.append((reading.sequence, _places(reading.sequence, offsets)))
    decision = shipped_boundaries()
    posterior = {bias: sum(decision.log_probability(sequence, starts, bias) for sequence, starts in prepared)
                 - (bias / SPREAD) ** 2 / 2 for bias in GRID}  # fmt: skip
    return max(GRID, key=lambda bias: posterior[bias])


def fit_topics(documents: Iterable[Document], classifier: TopicClassifier | None) -> TopicClassifier | None:
    """A classifier that has learned the first topic of every story, or None where no story has one.

    Parameters
    ----------
    documents : iterable of Document
        Taken to be right in all that they say.
    classifier : TopicClassifier or None
        Knows the labels and goes on learning in a copy. Where it knows none of them, or there is none, one is fitted on
        the stories; it knows those labels alone.

    Raises
    ------
    SegmenterError
        If some of the labels are known and others are not, or there is only one and it is not.
    """
    from .topics import TopicClassifier

    pairs = [(story.full_text, story.topic) for document in documents for story in document.stories
             if story.topic is not None]  # fmt: skip
    if not pairs:
        return None
    names = {topic.id: topic.name for _, topic in pairs}
    known = {} if classifier is None else {str(label): label for label in _labels(classifier)}
    strange = sorted(set(names) - set(known))
    if classifier is not None and not strange:
        fitted = copy.copy(classifier)
        return fitted.partial_fit([text for text, _ in pairs], [known[topic.id] for _, topic in pairs])
    if len(strange) < len(names):
        usual = ", ".join(sorted(set(names) & set(known))[:5])
        raise SegmenterError(f"the topics of the documents mix labels of the classifier ({usual}) with others "
                             f"({', '.join(strange[:5])}): relabel the stories with labels of one set, or name a "
                             "taxonomy that holds all of them as `topics`")  # fmt: skip
    if len(names) < 2:
        raise SegmenterError(f"all stories have the topic {strange[0]!r}, and a classifier needs two labels: relabel "
                             'other stories too, as "other" for example')  # fmt: skip
    made = TopicClassifier().fit([text for text, _ in pairs], [topic.id for _, topic in pairs])
    made.names_ = {id: {"en": name} for id, name in names.items()}
    return made


def _labels(classifier: TopicClassifier) -> list[Any]:
    """All that the classifier may answer, and so can be told: its classes, and the finer labels below them."""
    if not hasattr(classifier, "partial_fit") or not hasattr(classifier, "classes_"):
        raise SegmenterError(f"{type(classifier).__name__} cannot learn topics: it needs classes_ and partial_fit, as "
                             "a fitted TopicClassifier has; or fit with topics=False")  # fmt: skip
    finer = getattr(classifier, "finer_", None)
    return [*classifier.classes_.tolist(), *(finer.labels if finer is not None else ())]


def _places(sequence: StorySequence, offsets: Sequence[int]) -> list[int]:
    """Numbers of the blocks of the sequence at which the offsets lie, or which follow them; 0 first."""
    places = np.searchsorted(sequence.ends, np.asarray(list(offsets), dtype=np.int64), side="right")
    return sorted({0, *(int(place) for place in places if place < len(sequence.index))})
