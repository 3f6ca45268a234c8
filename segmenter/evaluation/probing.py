"""What an embedding is worth by itself: translations found, topics told apart, and dumps segmented.

`embeddings.py` is the command that lays the figures out.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding.centred import CentredEmbedder
from ..language import detect
from ..partition import search
from .alignment import Alignment
from .candidates import Candidate, Encoder, Remembering, Rows
from .gold import Gold
from .metrics import F1, Pk

PROBE_C = 1.0
"""Inverse strength of the probe's penalty: scikit-learn's default, not tuned on anything."""

PENALTIES = np.geomspace(0.05, 3.2, 25)
SHARE = 0.9
"""A gold file is read by a model if so many of its dumps are in languages that the model is asked for."""

SIB, TATOEBA, XQUAD = "topics/sib200", "parallel/tatoeba", "parallel/xquad"
TIMED = ("arb_Arab", "eng_Latn", "fra_Latn")
CODES = {"ara": "ar", "arb": "ar", "eng": "en", "fra": "fr"}

Say = Callable[[str], Any]
Pairs = Iterator[tuple[str, list[str], list[str]]]
"""Language, texts, and their English translations."""


@dataclass
class Figures:
    """What was measured of one model; a key is missing where it was not asked for.

    Attributes
    ----------
    tatoeba, xquad : dict of str to (float, float)
        By language: share of the texts whose translation lies nearest, to English and from English.
    topics, transfer : dict of str to float
        By language: accuracy of a linear probe trained on the language itself, and on English.
    dumps : dict of str to (float, float)
        By gold file: Pk and F1.
    speed : float or None
        Texts a second.
    """

    tatoeba: dict[str, tuple[float, float]] = field(default_factory=dict)
    xquad: dict[str, tuple[float, float]] = field(default_factory=dict)
    topics: dict[str, float] = field(default_factory=dict)
    transfer: dict[str, float] = field(default_factory=dict)
    dumps: dict[str, tuple[float, float]] = field(default_factory=dict)
    speed: float | None = None


def retrieval(a: Rows, b: Rows) -> tuple[float, float]:
    """Accuracy at 1, from `a` to `b` and from `b` to `a`; row i of one belongs to row i of the other."""
    likeness, right = a @ b.T, np.arange(len(a))
    return float((likeness.argmax(axis=1) == right).mean()), float((likeness.argmax(axis=0) == right).mean())


def probe(train: Rows, labels: Sequence[str], *tests: tuple[Rows, Sequence[str]]) -> list[float]:
    """Accuracy of a linear classifier on each of `tests`.

    Rows are moved by the mean of the training rows and scaled, all alike, to a mean square of 1, so that one penalty
    means the same for every model, whether its vectors spread or stand in a narrow cone.
    """
    from sklearn.linear_model import LogisticRegression

    mean = train.mean(axis=0)
    scale = float(np.sqrt(np.square(train - mean).sum(axis=1).mean())) or 1.0
    model = LogisticRegression(C=PROBE_C, max_iter=1_000).fit((train - mean) / scale, labels)
    return [float((model.predict((rows - mean) / scale) == np.asarray(right)).mean()) for rows, right in tests]


class KernelGain:
    """Worth of a segment under the kernel cost with a linear kernel (Arlot, Celisse and Harchaoui 2019).

    What a segment gains over units that stand alone is the squared length of the sum of its rows divided by their
    number. Every segment but the first costs `penalty`.

    Parameters
    ----------
    rows : array or sparse matrix
        One a unit.
    """

    def __init__(self, rows: Rows) -> None:
        gram = rows @ rows.T
        gram = np.asarray(gram.toarray() if hasattr(gram, "toarray") else gram, dtype=np.float64)
        self._sums = np.pad(gram.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        self.penalty = 0.0

    def __call__(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
        sums = self._sums
        within = sums[ends, ends] - sums[starts, ends] - sums[ends, starts] + sums[starts, starts]
        gain: NDArray[np.float64] = within / np.maximum(ends - starts, 1) - self.penalty * (starts > 0)
        return gain


def segmentation(golds: Sequence[Gold], encode: Callable[[Sequence[str]], Rows]) -> tuple[float, float]:
    """Pk and F1 of the optimal partitions of the story units, at the penalty that is best for all the dumps together.

    The penalty is an oracle's: what is measured are the vectors, not how to tell how many stories there are.
    """
    texts = [_story_texts(gold) for gold in golds]
    rows = encode([text for of_dump in texts for text in of_dump])
    ends = np.cumsum([len(of_dump) for of_dump in texts])
    pairs = [(Alignment.uncut(gold), KernelGain(rows[end - len(of_dump) : end]))
             for gold, of_dump, end in zip(golds, texts, ends, strict=True)]  # fmt: skip
    found = []
    for penalty in PENALTIES:
        pk, f1 = Pk(), F1()
        for uncut, gain in pairs:
            gain.penalty = float(penalty)
            starts = search(uncut.n, gain).starts
            pair = replace(uncut, hypothesis=starts[1:].astype(np.int64), predicted_stories=len(starts))
            pk.add(pair)
            f1.add(pair)
        found.append((pk.value or 0.0, f1.value or 0.0))
    return min(found, key=lambda figures: (figures[0], -figures[1]))


def _story_texts(gold: Gold) -> list[str]:
    return [gold.text[unit.start : unit.end] for unit in gold.units if unit.story is not None]


def speed(encoder: Encoder, texts: Sequence[str], seconds: float = 1.0) -> float:
    """Texts a second, in batches of 32 as they come, for at least `seconds`."""
    encode = encoder.anew if isinstance(encoder, Remembering) else encoder.encode
    encode(texts[:32])  # what is made at the first call does not count
    start, done = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds:
        first = done % len(texts)
        batch = texts[first : first + 32]
        encode(batch)
        done += len(batch)
    return done / taken


def measure(model: Candidate, shared: Path, golds: Mapping[str, Sequence[Gold]], *,
            say: Say = lambda line: None) -> Figures:  # fmt: skip
    """All figures of a model.

    Parameters
    ----------
    model : Candidate
    shared : path
        Folder that holds `SIB`, `TATOEBA` and `XQUAD`; what is not there is not measured.
    golds : mapping of str to sequence of Gold
        Dumps by the name of their file.
    say : callable
        Takes lines about progress.
    """
    figures = Figures()
    if not model.kernel_only:
        say(f"{model.name}: translations")
        figures.tatoeba = dict(_translations(model, tatoeba(shared / TATOEBA)))
        figures.xquad = dict(_translations(model, xquad(shared / XQUAD)))
        say(f"{model.name}: topics")
        figures.topics, figures.transfer = _topics(model, shared / SIB)
    for name, dumps in golds.items():
        if np.mean([model.reads(detect(gold.text)) for gold in dumps]) >= SHARE:
            say(f"{model.name}: {name}")
            figures.dumps[name] = _dumps(model, dumps)
    folders = [language for language in TIMED if model.reads(code(language)) and (shared / SIB / language).is_dir()]
    texts = [text for language in folders for text in sib(shared / SIB, language)[1][0]]
    if model.embedder is not None and texts:
        figures.speed = speed(model.embedder, texts)
    return figures


def _translations(model: Candidate, pairs: Pairs) -> Iterator[tuple[str, tuple[float, float]]]:
    for language, theirs, english in pairs:
        if model.reads(code(language), "en"):
            encoder = model.at_hand([*theirs, *english])
            yield language, retrieval(encoder.encode(theirs), encoder.encode(english))


def _topics(model: Candidate, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    languages = sorted(path.name for path in folder.glob("*_*") if model.reads(code(path.name)))
    parts = {language: sib(folder, language) for language in languages}
    own, transfer = {}, {}
    for language, ((texts, labels), (dev, right)) in parts.items():
        encoder = model.at_hand([*texts, *dev])
        own[language] = probe(encoder.encode(texts), labels, (encoder.encode(dev), right))[0]
        if "eng_Latn" in parts and language != "eng_Latn":
            texts, labels = parts["eng_Latn"][0]
            encoder = model.at_hand([*texts, *parts[language][0][0], *dev])
            transfer[language] = probe(encoder.encode(texts), labels, (encoder.encode(dev), right))[0]
    return own, transfer


def _dumps(model: Candidate, golds: Sequence[Gold]) -> tuple[float, float]:
    """Of vectors as they come and centred as `Segmenter` takes those of other models, whichever is better."""
    raw = model.at_hand([text for gold in golds for text in _story_texts(gold)])
    found = [segmentation(golds, raw.encode)]
    if model.embedder is not None:
        found.append(segmentation(golds, CentredEmbedder(model.embedder).encode))
    return min(found)


def code(language: str) -> str:
    """ISO 639-1 code of what the data sets call Arabic, English and French; others as they are."""
    return CODES.get(language.partition("_")[0], language)


def tatoeba(folder: Path) -> Pairs:
    """Sentences (Artetxe and Schwenk 2019)."""
    for path in sorted(folder.glob("tatoeba.*-eng.eng")):
        language = path.name.split(".")[1].removesuffix("-eng")
        theirs, english = (path.with_suffix(f".{side}").read_text(encoding="utf-8") for side in (language, "eng"))
        yield language, theirs.rstrip("\n").split("\n"), english.rstrip("\n").split("\n")


def xquad(folder: Path) -> Pairs:
    """Paragraphs (Artetxe, Ruder and Yogatama 2020)."""

    def paragraphs(path: Path) -> list[str]:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        return [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]

    for path in sorted(folder.glob("xquad.*.json")):
        language = path.name.split(".")[1]
        if language != "en":
            yield language, paragraphs(path), paragraphs(folder / "xquad.en.json")


def sib(folder: Path, language: str) -> list[tuple[list[str], list[str]]]:
    """Texts and labels of the training part and of the dev part (SIB-200; Adelani et al. 2024)."""
    parts = []
    for part in ("train", "dev"):
        with (folder / language / f"{part}.tsv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        parts.append(([row["text"] for row in rows], [row["category"] for row in rows]))
    return parts
