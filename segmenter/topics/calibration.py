"""From decisions to probabilities that can be taken at their word."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID = np.geomspace(0.1, 10.0, 93)
EDGE = 1e-6
"""Probabilities nearer to 0 or 1 than this are taken for it: beyond, the logarithm says more than was learned."""


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    """Probabilities along the last axis."""
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)) if logits.size else logits
    chance: NDArray[Any] = odds / odds.sum(axis=-1, keepdims=True)
    return chance


def best_temperature(logits: NDArray[Any], target: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
    """Temperature of least log loss on a grid from 0.1 to 10 (Guo et al., 2017)."""

    def loss(value: float) -> float:
        chance = softmax(logits / value)[np.arange(len(target)), target]
        return float(np.average(-np.log(np.maximum(chance, EDGE)), weights=weight))

    return float(min(GRID, key=loss))


def fit_acceptance(logits: NDArray[Any], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset for `acceptance` (Platt, 1999), learned over all labels of all texts.

    Parameters
    ----------
    logits : ndarray of shape (n, n_classes)
        Of texts that were held out.
    right : ndarray of shape (n, n_classes), bool
    """
    from sklearn.linear_model import LogisticRegression

    odds = _log_odds(softmax(logits)).reshape(-1, 1)
    model = LogisticRegression(C=1e6).fit(odds, right.ravel())
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def acceptance(logits: NDArray[Any], slope: float, offset: float) -> NDArray[Any]:
    """Probability of each label that it is right for the text, others beside it or not; rows need not sum to 1."""
    return 1.0 / (1.0 + np.exp(-(slope * _log_odds(softmax(logits)) + offset)))


def one_of(accepted: NDArray[Any]) -> NDArray[Any]:
    """Rows of `acceptance` as probabilities that sum to 1, their order unchanged.

    The best label keeps its probability of being right, and the others share what remains in proportion. Where all
    together are less than 1, all grow alike.
    """
    first = np.zeros(accepted.shape, dtype=bool)
    first[np.arange(len(accepted)), accepted.argmax(axis=1)] = True
    best = accepted.max(axis=1, keepdims=True, initial=0.0)
    total = accepted.sum(axis=1, keepdims=True)
    shrunk = np.where(first, accepted, accepted * (1.0 - best) / np.maximum(total - best, EDGE))
    return np.where(total <= 1.0, accepted / np.maximum(total, EDGE), shrunk)


def _log_odds(probability: NDArray[Any]) -> NDArray[Any]:
    probability = np.clip(probability, EDGE, 1.0 - EDGE)
    return np.log(probability / (1.0 - probability))
