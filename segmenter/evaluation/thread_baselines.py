"""What the tracker is set beside: simpler ways to group stories, each at the setting that does best on the very set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..characters import normalise
from ..embedding import Embedder
from .threads import GoldArticle, Tracked, scored

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

WINDOW = timedelta(days=7)
THRESHOLDS = tuple(np.round(np.arange(0.05, 1.0, 0.025), 3).tolist())
OPENING = 300

Similarities = NDArray[np.floating[Any]]


def baselines(articles: Sequence[GoldArticle], embedder: Embedder) -> list[Tracked]:
    """All of them.

    Parameters
    ----------
    articles : sequence of GoldArticle
        In order of time.
    embedder : Embedder
    """
    vectorizer = _vectorizer()
    begun = time.perf_counter()
    rows = vectorizer.fit_transform([article.text for article in articles])
    words = (rows @ rows.T).toarray()
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    vectors = embedder.encode([article.text[:OPENING] for article in articles])
    embedded = time.perf_counter() - begun
    cosine = vectors @ vectors.T
    alone, days, whole = [article.id for article in articles], _days(articles), {"": range(len(articles))}
    return [
        scored("every story its own thread", articles, alone, 0.0),
        _best("single pass, TF-IDF", articles, THRESHOLDS, lambda t: single_pass(articles, words, t), read),
        _best("single pass, embedding", articles, THRESHOLDS, lambda t: single_pass(articles, cosine, t), embedded),
        _best("HDBSCAN on each day", articles, _settings(), lambda s: hdbscan(articles, vectors, days, *s), embedded),
        _best("HDBSCAN on all days", articles, _settings(), lambda s: hdbscan(articles, vectors, whole, *s), embedded),
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


def hdbscan(articles: Sequence[GoldArticle], vectors: NDArray[np.float32], parts: Mapping[str, Sequence[int]],
            size: int, samples: int, method: str | float) -> list[str]:  # fmt: skip
    """Density-based clusters (Campello et al., 2013) of each part by itself; what is noise is a thread of its own.

    Parameters
    ----------
    articles : sequence of GoldArticle
    vectors : ndarray of shape (len(articles), d)
    parts : mapping of str to sequence of int
        The articles of each part, by their place.
    size, samples : int
        Least size of a cluster, least neighbours.
    method : {"eom", "leaf"} or float
        Which clusters of the tree are taken, or the distance at which it is cut.
    """
    from sklearn.cluster import HDBSCAN

    threads = [article.id for article in articles]
    for part, rows in parts.items():
        if len(rows) <= max(size, samples):
            continue
        selection = method if isinstance(method, str) else "eom"
        model = HDBSCAN(min_cluster_size=size, min_samples=samples, cluster_selection_method=selection, copy=True)
        labels = model.fit_predict(vectors[rows])
        if not isinstance(method, str):
            labels = model.dbscan_clustering(method, size)
        for row, label in zip(rows, labels, strict=True):
            if label >= 0:
                threads[row] = f"{part} {label}"
    return threads


def _days(articles: Sequence[GoldArticle]) -> dict[str, list[int]]:
    days: dict[str, list[int]] = {}
    for i, article in enumerate(articles):
        days.setdefault(article.date.date().isoformat(), []).append(i)
    return days


def _vectorizer() -> TfidfVectorizer:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, preprocessor=lambda text: normalise(text).lower())


def _settings() -> list[tuple[int, int, str | float]]:
    """Least size, least neighbours, and which clusters of the tree are taken, or the distance at which it is cut."""
    # No cluster_selection_epsilon: scikit-learn fails on it beside NumPy 2.4 (its issue 33219).
    return list(product((2, 3), (1, 2, 3), ("eom", "leaf", 0.5, 0.6, 0.7, 0.8, 0.9)))


def _agglomerative(cosine: Similarities, threshold: float) -> list[str]:
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average",
                                    distance_threshold=1 - threshold)  # fmt: skip
    return [str(label) for label in model.fit_predict(np.clip(1 - cosine, 0, 2))]
