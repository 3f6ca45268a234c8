"""What the tracker is set beside: simpler ways to group stories, each at the setting that does best on the very set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..characters import normalise
from ..embedding import Embedder
from .threads import GoldArticle, Tracked, scored

WINDOW = timedelta(days=7)
THRESHOLDS = tuple(np.round(np.arange(0.05, 1.0, 0.025), 3).tolist())
OPENING = 400

Similarities = NDArray[np.floating[Any]]


def baselines(articles: Sequence[GoldArticle], embedder: Embedder) -> list[Tracked]:
    """All of them.

    Parameters
    ----------
    articles : sequence of GoldArticle
        In order of time.
    embedder : Embedder
    """
    begun = time.perf_counter()
    words = _tfidf(articles)
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    vectors = embedder.encode([article.text[:OPENING] for article in articles])
    embedded = time.perf_counter() - begun
    cosine = vectors @ vectors.T
    alone = [article.id for article in articles]
    return [
        scored("every story its own thread", articles, alone, 0.0),
        _best("single pass, TF-IDF", articles, THRESHOLDS, lambda t: single_pass(articles, words, t), read),
        _best("single pass, embedding", articles, THRESHOLDS, lambda t: single_pass(articles, cosine, t), embedded),
        _best("HDBSCAN on each day", articles, _settings(), lambda s: _hdbscan(articles, vectors, *s), embedded),
        _best("agglomerative, embedding", articles, THRESHOLDS, lambda t: _agglomerative(cosine, t), embedded),
    ]


def single_pass(articles: Sequence[GoldArticle], likeness: Similarities, threshold: float) -> list[str]:
    """Each story joins the nearest earlier one of the last days, if that is at least so near."""
    threads: list[str] = []
    for i, article in enumerate(articles):
        near = [j for j in range(i) if article.date - articles[j].date <= WINDOW]
        best = max(near, key=lambda j: likeness[i, j], default=None)
        joins = best is not None and likeness[i, best] >= threshold
        threads.append(threads[best] if joins and best is not None else article.id)
    return threads


def _best(name: str, articles: Sequence[GoldArticle], settings: Iterable[Any], run: Callable[[Any], list[str]],
          seconds: float) -> Tracked:  # fmt: skip
    """The best of the settings; its time with that for reading, not that for choosing."""
    found = []
    for setting in settings:
        begun = time.perf_counter()
        threads = run(setting)
        shown = ", ".join(map(str, setting)) if isinstance(setting, tuple) else setting
        found.append(scored(f"{name} ({shown})", articles, threads, seconds + time.perf_counter() - begun))
    return max(found, key=lambda tracked: tracked.score.f1)


def _tfidf(articles: Sequence[GoldArticle]) -> Similarities:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, preprocessor=lambda text: normalise(text).lower())
    rows = vectorizer.fit_transform([article.text for article in articles])
    return (rows @ rows.T).toarray()


def _settings() -> list[tuple[int, int, str]]:
    """Least size of a cluster, least neighbours, and which clusters of the tree are taken."""
    return [(size, samples, method) for size in (2, 3) for samples in (1, 2, 3) for method in ("eom", "leaf")]


def _hdbscan(articles: Sequence[GoldArticle], vectors: NDArray[np.float32], size: int, samples: int,
             method: str) -> list[str]:  # fmt: skip
    from sklearn.cluster import HDBSCAN

    threads = [article.id for article in articles]
    days: dict[str, list[int]] = {}
    for i, article in enumerate(articles):
        days.setdefault(article.date.date().isoformat(), []).append(i)
    for day, rows in days.items():
        if len(rows) <= size:
            continue
        model = HDBSCAN(min_cluster_size=size, min_samples=samples, cluster_selection_method=method, copy=True)
        for row, label in zip(rows, model.fit_predict(vectors[rows]), strict=True):
            if label >= 0:
                threads[row] = f"{day} {label}"
    return threads


def _agglomerative(cosine: Similarities, threshold: float) -> list[str]:
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average",
                                    distance_threshold=1 - threshold)  # fmt: skip
    return [str(label) for label in model.fit_predict(np.clip(1 - cosine, 0, 2))]
