"""Tables about topics: the shipped classifier beside what is simpler, and what it is worth to abstain."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from ..topics import Taxonomy, TopicClassifier, shipped_classifier
from .topics import Classifier, evaluate_topics, read_gold_topics

SECONDS = 1.0
"""For so long at least the speed is measured."""

BATCH = 64


def topic_tables(paths: Sequence[str]) -> str:
    """A table a file: classifiers by language, what abstaining buys, several labels, every topic; then the speed."""
    shipped = shipped_classifier()
    others = {
        "names and descriptions alone": TopicClassifier.from_taxonomy(Taxonomy.iptc()),
        "TF-IDF, the example texts": _tfidf(),
    }
    parts = [_file(Path(path).stem, path, shipped, others) for path in paths]
    parts.append(f"{speed(shipped, paths):,.0f} stories a second on one core, embedding included")
    return "\n\n".join(parts)


def speed(classifier: TopicClassifier, paths: Iterable[str]) -> float:
    """Stories a second of CPU time."""
    texts = [story.text for path in paths for story in read_gold_topics(path)]
    classifier.topics(texts[:BATCH])
    start, done = time.process_time(), 0
    while (taken := time.process_time() - start) < SECONDS:
        first = done % len(texts)
        batch = texts[first : first + BATCH]
        classifier.topics(batch)
        done += len(batch)
    return done / taken


def _tfidf() -> Any:
    """What one would write without this package, learned from the same example texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    folder = resources.files("segmenter") / "models" / "examples"
    records = [json.loads(line) for language in ("ar", "en", "fr")
               for line in (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10.0, max_iter=1_000))
    return model.fit([record["text"] for record in records], [record["topic"] for record in records])


def _file(name: str, path: str, shipped: Classifier, others: dict[str, Classifier]) -> str:
    result = evaluate_topics(path, shipped)
    languages = list(result["accuracy"])
    heads = (*languages, "mean over topics", "ECE")
    title = f"{name} ({result['stories']} stories)"
    rows = {"segmenter": result} | {other: evaluate_topics(path, model) for other, model in others.items()}
    width = max(len(title), *map(len, rows), len(MOST))
    lines = ["  ".join((title.ljust(width), *heads))]
    for row, r in rows.items():
        values = (*(r["accuracy"][language] for language in languages), r["macro"], r["ece"])
        lines.append("  ".join((row.ljust(width), *map(_cell, values, heads))))
    majority = [result["majority"][language] for language in languages]
    lines.append("  ".join((MOST.ljust(width), *map(_cell, majority, languages))))
    return "\n".join([*lines, "", *_abstaining(result), "", *_several(result), "", *_topics(result)])


MOST = "always the most frequent"


def _abstaining(result: dict[str, Any]) -> list[str]:
    levels = [level for level in result["confidence"] if level["accuracy"] is not None]
    return ["answers with a probability of at least  " + "  ".join(f"{level['at_least']:5.1f}" for level in levels),
            "  share of the stories                 " + "  ".join(f"{level['coverage']:5.3f}" for level in levels),
            "  share of the answers that are right  "
            + "  ".join(f"{level['accuracy']:5.3f}" for level in levels)]  # fmt: skip


def _several(result: dict[str, Any]) -> list[str]:
    a_story, precision, recall, none = (result["labels"][key] for key in ("a_story", "precision", "recall", "none"))
    return [f"all topics that are listed: {a_story:.2f} a story, {precision:.3f} of them right, "
            f"{recall:.3f} of the right ones found; none for {none:.3f} of the stories"]  # fmt: skip


def _topics(result: dict[str, Any]) -> list[str]:
    taxonomy = Taxonomy.iptc()
    names = {topic: taxonomy.name(topic) if topic in taxonomy else topic for topic in result["topics"]}
    width = max(map(len, names.values()))
    return [f"{'topic':{width}}  stories  right"] + [
        f"{names[topic]:{width}}  {row['stories']:7}  {row['accuracy']:.3f}" for topic, row in result["topics"].items()
    ]  # fmt: skip


def _cell(value: float, head: str) -> str:
    return f"{value:.3f}".rjust(max(5, len(head)))
