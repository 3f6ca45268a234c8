"""Fitting: the only module of topics that needs scikit-learn and scipy. Imported by `TopicClassifier.fit` alone."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.class_weight import compute_class_weight

FOLDS = 3
Words = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def class_weights(kind: str | dict[Any, float] | None, classes: NDArray[Any],
                  target: NDArray[Any]) -> NDArray[np.float64]:  # fmt: skip
    """Weight of every sample by its class."""
    if kind is None:
        return np.ones(len(target))
    return compute_class_weight(kind, classes=classes, y=classes[target])[target]


def design(vectors: NDArray[np.float32], words: Words | None, columns: int, scale: float) -> Any:
    """Vectors and hashed words side by side; a dense array where there are no words."""
    if words is None:
        return vectors
    indices, offsets, values = words
    matrix = sparse.csr_matrix((values * np.float32(scale), indices, offsets), shape=(len(vectors), columns))
    return sparse.hstack([sparse.csr_matrix(vectors), matrix], format="csr", dtype=np.float32)


def fit(X: Any, target: NDArray[Any], weight: NDArray[np.float64], *, C: float,
        max_iter: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
    """Weights (n_classes, n_features) and intercepts (n_classes,) of multinomial logistic regression."""
    model = LogisticRegression(C=C, max_iter=max_iter, tol=1e-3)
    with warnings.catch_warnings():
        # A few steps short of the optimum the labels no longer change.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, target, sample_weight=weight)
    coef, intercept = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if len(coef) == 1:  # two classes share one row, which is the difference of theirs
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    return coef, intercept


def temperature(X: Any, target: NDArray[Any], weight: NDArray[np.float64], *, C: float, max_iter: int,
                seed: int | None) -> float:  # fmt: skip
    """The temperature that makes held-out samples most probable, by cross-validation."""
    logits = np.zeros((len(target), int(target.max()) + 1))
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, target):
        coef, intercept = fit(X[train], target[train], weight[train], C=C, max_iter=max_iter)
        logits[held] = X[held] @ coef.T + intercept
    return best_temperature(logits, target, weight)


def best_temperature(logits: NDArray[Any], target: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
    """Temperature of least log loss on a grid from 0.1 to 10 (Guo et al., 2017)."""
    grid = np.geomspace(0.1, 10.0, 93)
    return float(grid[int(np.argmin([_loss(logits / value, target, weight) for value in grid]))])


def _loss(logits: NDArray[Any], target: NDArray[Any], weight: NDArray[Any] | None) -> float:
    top = logits.max(axis=1, keepdims=True)
    norm = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    return float(np.average(norm - logits[np.arange(len(target)), target], weights=weight))
