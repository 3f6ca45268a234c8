"""What the tracker learns: how rare words are in news, and which pairs of stories belong to one thread."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder
from ..evaluation.clustering import BCubed, bcubed
from ..tracking.decision import ThreadModel
from ..tracking.fingerprints import Fingerprinter
from ..tracking.likeness import FEATURES, IDF_STEP, Background, Floats, Profile, pair_features
from ..tracking.records import Fingerprint
from ..tracking.tracker import StoryTracker
from ..tracking.words import WordHashes
from .cards import data_table, table, write_card
from .corpora import Article, read_all
from .threads import read_threads

CARD = """\
Decides which thread (running story) a story belongs to (`segmenter/tracking/decision.py`,
`segmenter/training/tracking.py`): a logistic regression over {features} features of a pair of stories (likeness of
their openings by the shipped embedding, of their words by TF-IDF, shared words by rarity, days between them, lengths,
outlet), and a table of how rare words are. It learned from the pairs of {stories:,} articles in {windows} windows of
days, which were grouped by reading (`segmenter/training/threads.py` says by whom). Three constants (``join``, ``link``,
``merge`` in ``config.json``), and which features there are, were chosen by the table below and by the three days of the
cluster benchmark."""
DATA = """\
The pairs: ANT corpus v2.1, the labelled days. The rarity of words: all of these but the labelled days and those of the
benchmark."""
RESULTS = """\
BCubed, each window tracked in order of time by what was learned on the others; FNC-1 is English, has neither dates nor
titles nor outlets, and nothing was learned from it. The measure weighs every story alike:
two or three big events of a window, and how finely the reader took them apart, decide much of it."""

CORPUS, ENGLISH = "ar_ant_v2", "en_fnc1"
UNDATED = "2014-12-01T00:00:00+00:00"
BENCHMARK = frozenset({"2018-04-06", "2018-04-07", "2018-04-08"})
"""The days of the cluster benchmark, which are in the corpus too. Nothing is learned from them."""


BITS = 18
READ = 1_500
"""Code points of an article that are read for how rare its words are."""

JOIN, LINK, MERGE = 0.45, 0.4, -0.5
"""Chosen on the labelled windows, each tracked by what was learned on the others, and on the development days."""

Pairs = tuple[Floats, NDArray[np.bool_], Floats]

EASY, HARD = 0.05, 0.15
"""Of the pairs that are less alike than `HARD`, by embedding and words, this share is drawn, and counts for all."""

_EMBEDDING, _LEAD = FEATURES.index("embedding"), FEATURES.index("lead words")


def rarities(articles: Iterable[Article], *, bits: int = BITS) -> NDArray[np.uint8]:
    """Inverse document frequencies of hashed words, in steps of `IDF_STEP`.

    Returns
    -------
    ndarray of uint8, shape (2 ** bits,)
    """
    hashes, mask = WordHashes(), np.uint32((1 << bits) - 1)
    counts, size = np.zeros(1 << bits, dtype=np.int64), 0
    for article in articles:
        text = "\n".join((article.title, *article.paragraphs))[:READ]
        counts[np.unique(hashes.of(text) & mask)] += 1
        size += 1
    share = np.maximum(counts, 0.5) / max(size, 1)  # half an article for words that none has
    return np.clip(np.round(-np.log(share) / IDF_STEP), 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Window:
    """Stories that were read together: in the order of their dates, and which belong to one thread.

    Parameters
    ----------
    name : str
    fingerprints : list of Fingerprint
    dates : list of datetime
    outlets : list of str or None
    threads : ndarray of int, shape (n,)
    """

    name: str
    fingerprints: list[Fingerprint]
    dates: list[datetime]
    outlets: list[str | None]
    threads: NDArray[np.intp]


def read_windows(corpora: Path, fingerprinter: Fingerprinter, corpus: str = CORPUS) -> list[Window]:
    """The labelled windows (`training.threads`) of a corpus. Articles without a date (FNC-1) are of one moment."""
    records = {record["id"]: record for record in _records(corpora / f"{corpus}.jsonl.xz")}
    windows = []
    for name, threads in sorted(read_threads().items()):
        if any(id not in records for id in threads):
            continue
        dates = {id: datetime.fromisoformat(records[id].get("date") or UNDATED) for id in threads}
        ids = sorted(threads, key=lambda id: (dates[id], id))
        titles = [records[id].get("title") for id in ids]
        prints = fingerprinter.of([records[id]["text"] for id in ids], titles)
        _, numbers = np.unique([threads[id] for id in ids], return_inverse=True)
        outlets = [records[id].get("outlet") for id in ids]
        windows.append(Window(name, prints, [dates[id] for id in ids], outlets, numbers))
    return windows


def background_articles(corpora: Path, *, seed: int = 0) -> list[Article]:
    """The articles that tell how rare words are: all but those of the labelled days and of the benchmark's.

    With these, a name that is new on a labelled day would be less rare there than on the days to come.
    """
    ids = set().union(*read_threads().values())
    days = {record["date"][:10] for record in _records(corpora / f"{CORPUS}.jsonl.xz") if record["id"] in ids}
    return [article for article in read_all(corpora, seed=seed)
            if article.corpus != CORPUS or article.date not in days | BENCHMARK]  # fmt: skip


def fit_model(rarity: NDArray[np.uint8], pairs: Iterable[Pairs]) -> ThreadModel:
    """Learn from the pairs of stories of windows, each as `pairs_of` gives them."""
    from sklearn.linear_model import LogisticRegression

    features, same, weights = (np.concatenate(part) for part in zip(*pairs, strict=True))
    centre, scale = features.mean(axis=0), features.std(axis=0)
    model = LogisticRegression(max_iter=1_000).fit((features - centre) / scale, same, sample_weight=weights)
    coef = model.coef_[0] / scale
    return ThreadModel(rarity, coef, float(model.intercept_[0] - coef @ centre), JOIN, LINK, MERGE)


def track(window: Window, model: ThreadModel, *, merge: bool = True) -> BCubed:
    """How well a window is tracked, in order of time."""
    tracker = StoryTracker(decision=model, merge=merge)
    threads = [tracker.assign(f"{i:05}", date, fingerprint, outlet=outlet).thread for i, (date, fingerprint, outlet)
               in enumerate(zip(window.dates, window.fingerprints, window.outlets, strict=True))]
    return bcubed(window.threads.tolist(), [tracker.resolve(thread) for thread in threads])


def pairs_of(window: Window, background: Background) -> Pairs:
    """Features of pairs, whether they belong together, and weights."""
    days = [(date - window.dates[0]) / timedelta(days=1) for date in window.dates]
    profiles = [Profile(fingerprint, day, background, outlet) for fingerprint, day, outlet
                in zip(window.fingerprints, days, window.outlets, strict=True)]  # fmt: skip
    draw = np.random.default_rng(0)
    size = np.bincount(window.threads)[window.threads]
    features, labels, weights = [], [], []
    for i in range(1, len(profiles)):
        found = pair_features(profiles[i], profiles[:i])
        same = window.threads[:i] == window.threads[i]
        hard = np.maximum(found[:, _EMBEDDING], found[:, _LEAD]) > HARD
        kept = same | hard | (draw.random(i) < EASY)
        features.append(found[kept])
        labels.append(same[kept])
        # A thread of n stories has n (n - 1) / 2 pairs: by their number alone the few large ones would decide.
        weights.append(np.where(same, 1 / np.sqrt(size[i]), np.where(hard, 1.0, 1 / EASY))[kept])
    return np.concatenate(features), np.concatenate(labels), np.concatenate(weights)


def _records(path: Path) -> Iterator[dict[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def train_tracking(corpora: Path, out: Path, *, embedder: Embedder, seed: int = 0,
                   log: Callable[[str], None] = print) -> None:  # fmt: skip
    """Learn the decision, write it and its card."""
    articles = background_articles(corpora, seed=seed)
    log(f"{len(articles):,} articles for the background")
    rarity = rarities(articles)
    fingerprinter = Fingerprinter(embedder, centred=False)  # it is the one that will be shipped
    windows = read_windows(corpora, fingerprinter)
    log(f"{len(windows)} labelled windows")
    pairs = [pairs_of(window, Background(rarity)) for window in windows]
    fit_model(rarity, pairs).save(out)
    rows = {window.name: _row(window, fit_model(rarity, [*pairs[:i], *pairs[i + 1 :]]))
            for i, window in enumerate(windows)}  # fmt: skip
    rows["mean"] = {name: float(np.mean([row[name] for row in rows.values()])) for name in rows[windows[0].name]}
    (english,) = read_windows(corpora, fingerprinter, ENGLISH)
    rows["FNC-1"] = _row(english, fit_model(rarity, pairs))
    stories = sum(len(window.dates) for window in windows)
    text = CARD.format(features=len(FEATURES), stories=stories, windows=len(windows))
    write_card(out, "Stories over time", text, data=f"{DATA}\n\n{data_table(articles)}",
               results=f"{RESULTS}\n\n{table(rows)}")  # fmt: skip


def _row(window: Window, model: ThreadModel) -> dict[str, float]:
    """How well a window is tracked by what was learned on the others."""
    score, single = track(window, model), track(window, model, merge=False)
    alone = bcubed(window.threads.tolist(), list(range(len(window.dates))))
    return {"precision": score.precision, "recall": score.recall, "F1": score.f1, "F1 without merges": single.f1,
            "F1 of every story alone": alone.f1}  # fmt: skip
