"""Fitting, by scikit-learn: imported where a classifier learns, for predicting does without."""

from __future__ import annotations

import warnings
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from ..errors import SegmenterError
from .calibration import best_temperature

FOLDS = 3
Words = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def read_target(y: Any, length: int) -> NDArray[Any]:
    """Labels as one column.

    Raises
    ------
    ValueError
        If there are none, not `length` of them, or they are no labels but numbers of a scale.
    """
    if y is None:
        raise SegmenterError("fit requires y to be passed, but the target y is None")
    # Before numpy reads them: in an array of strings a missing label would be the string "nan".
    given = y if isinstance(y, list | tuple) else y.tolist() if hasattr(y, "tolist") else ()
    missing = [n for n, label in enumerate(given) if label is None or (isinstance(label, float) and isnan(label))]
    if missing:
        raise SegmenterError(f"y has no label for sample {missing[0]}: leave such samples out")
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    if len(labels) != length:
        raise SegmenterError(f"X has {length} samples and y {len(labels)}: give one label a sample")
    return labels


def read_weights(sample_weight: Any, X: Any) -> NDArray[np.float64]:
    """A weight for each sample; 1 by default."""
    weight: NDArray[np.float64] = _check_sample_weight(sample_weight, X, dtype=np.float64)
    return weight


def class_weights(kind: str | dict[Any, float] | None, classes: NDArray[Any],
                  target: NDArray[Any]) -> NDArray[np.float64]:  # fmt: skip
    """Weight of every sample by its class."""
    if kind is None:
        return np.ones(len(target))
    weight: NDArray[np.float64] = compute_class_weight(kind, classes=classes, y=classes[target])[target]
    return weight


def design(vectors: NDArray[np.float32], words: Words | None, columns: int, scale: float) -> Any:
    """Vectors and hashed words side by side; a dense array where there are no words."""
    if words is None:
        return vectors
    indices, offsets, values = words
    matrix = sparse.csr_matrix((values * np.float32(scale), indices, offsets), shape=(len(vectors), columns))
    return sparse.hstack([sparse.csr_matrix(vectors), matrix], format="csr", dtype=np.float32)


def fit(X: Any, target: NDArray[Any], weight: NDArray[np.float64], *, C: float,
        max_iter: int) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:  # fmt: skip
    """Weights (n_classes, n_features), intercepts (n_classes,) of multinomial logistic regression, and steps taken."""
    model = LogisticRegression(C=C, max_iter=max_iter, tol=1e-3)
    with warnings.catch_warnings():
        # A few steps short of the optimum the labels no longer change.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, target, sample_weight=weight)
    coef, intercept = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if len(coef) == 1:  # two classes share one row, which is the difference of theirs
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    return coef, intercept, int(model.n_iter_.max())


def temperature(X: Any, target: NDArray[Any], weight: NDArray[np.float64], *, C: float, max_iter: int,
                seed: int | None) -> float:  # fmt: skip
    """The temperature that makes held-out samples most probable, by cross-validation."""
    logits = np.zeros((len(target), int(target.max()) + 1))
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, target):
        coef, intercept, _ = fit(X[train], target[train], weight[train], C=C, max_iter=max_iter)
        logits[held] = X[held] @ coef.T + intercept
    return best_temperature(logits, target, weight)
