"""How well stories are sorted under their topics: accuracy, calibration, and what abstaining buys."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..document import Topic
from ..errors import InputError
from .lines import read_lines

CONFIDENCES = (0.0, 0.3, 0.5, 0.7, 0.9)
BINS = 10


class Classifier(Protocol):
    """What is evaluated: probabilities over labels."""

    classes_: NDArray[Any]

    def predict_proba(self, X: Sequence[str], /) -> NDArray[np.floating[Any]]:
        """Probabilities, shape (n_samples, n_classes)."""


@dataclass(frozen=True, slots=True)
class GoldStory:
    """A story with the labels that are right for it, the best first."""

    text: str
    language: str
    topics: tuple[str, ...]


def read_gold_topics(path: str | Path) -> list[GoldStory]:
    """Read stories with their topics.

    Parameters
    ----------
    path : path
        A JSON object a line: ``text``, ``topic`` (or ``primary``), optionally ``title``, ``also`` (list of labels that
        are right too) and ``language``.

    Raises
    ------
    InputError
        If the file cannot be read or a line lacks a field.
    """
    stories = []
    for number, line in read_lines(path):
        try:
            record = json.loads(line)
            also = record.get("also") or ()
            topics = (record.get("topic") or record["primary"], *((also,) if isinstance(also, str) else also))
            text = "\n".join(part for part in (record.get("title"), record["text"]) if part)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(str(path), f"line {number}", f"no gold story ({error!r})",
                             "write an object with text and topic") from error  # fmt: skip
        stories.append(GoldStory(text, str(record.get("language") or "und"), tuple(topics)))
    if not stories:
        raise InputError(str(path), "", "holds no story", "write one JSON object a line")
    return stories


def evaluate_topics(path: str | Path, classifier: Classifier) -> dict[str, Any]:
    """Evaluate a classifier on gold stories.

    A prediction is right if it is the gold's topic or one of those that are right too.

    Parameters
    ----------
    path : path
        See `read_gold_topics`.
    classifier : Classifier
        Fitted on the labels of the gold.

    Returns
    -------
    dict
        ``stories`` (count), ``accuracy`` (``all`` and by language, each share in [0, 1]), ``macro`` (mean over the
        gold's topics of the share that is right), ``topics`` (that share and the count by topic), ``ece`` (expected
        calibration error, ten bins of equal width), ``confidence`` (accuracy and coverage where the best label has at
        least a probability), ``majority`` (accuracy of the most frequent topic, ``all`` and by language) and, where
        the classifier lists several topics, ``labels`` (``a_story``: how many on average, ``precision``: share of them
        that are right, ``recall``: share of the gold's that are listed, ``none``: share of stories without any).

    Raises
    ------
    InputError
        If the gold cannot be read.
    """
    gold = read_gold_topics(path)
    probability = np.asarray(classifier.predict_proba([story.text for story in gold]), dtype=float)
    best = probability.argmax(axis=1)
    confidence = probability[np.arange(len(gold)), best]
    predicted = [str(label) for label in np.asarray(classifier.classes_)[best]]
    right = np.array([label in story.topics for label, story in zip(predicted, gold, strict=True)])
    languages = np.array([story.language for story in gold])
    primary = np.array([story.topics[0] for story in gold])
    most = Counter(primary.tolist()).most_common(1)[0][0]
    majority = np.array([most in story.topics for story in gold])
    topics = {topic: {"accuracy": _share(right[primary == topic]), "stories": int((primary == topic).sum())}
              for topic in sorted(set(primary.tolist()))}  # fmt: skip
    return {
        "stories": len(gold),
        "accuracy": _by_language(right, languages),
        "macro": round(float(np.mean([topic["accuracy"] for topic in topics.values()])), 4),
        "topics": topics,
        "ece": calibration_error(confidence, right),
        "confidence": [
            {"at_least": level, "coverage": _share(confidence >= level),
             "accuracy": _share(right[confidence >= level]) if (confidence >= level).any() else None}
            for level in CONFIDENCES
        ],
        "majority": _by_language(majority, languages),
        "labels": _labels(classifier.topics([story.text for story in gold]), gold)
        if hasattr(classifier, "topics") else None,
    }  # fmt: skip


def _labels(listed: Sequence[Sequence[Topic]], gold: Sequence[GoldStory]) -> dict[str, float]:
    hits = sum(topic.id in story.topics for topics, story in zip(listed, gold, strict=True) for topic in topics)
    given = sum(map(len, listed))
    return {
        "a_story": round(given / len(gold), 4),
        "precision": round(hits / max(given, 1), 4),
        "recall": round(hits / sum(len(story.topics) for story in gold), 4),
        "none": round(sum(not topics for topics in listed) / len(gold), 4),
    }


def calibration_error(confidence: NDArray[np.floating[Any]], right: NDArray[np.bool_]) -> float:
    """Mean gap of confidence and accuracy over bins of equal width (Naeini et al., 2015)."""
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(confidence[places == b].mean()) - float(right[places == b].mean())) * int((places == b).sum())
            for b in range(BINS) if (places == b).any()]  # fmt: skip
    return round(sum(gaps) / len(right), 4)


def _share(values: NDArray[np.bool_]) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0


def _by_language(right: NDArray[np.bool_], languages: NDArray[Any]) -> dict[str, float]:
    return {"all": _share(right)} | {str(language): _share(right[languages == language])
                                     for language in sorted(set(languages.tolist()))}  # fmt: skip
