"""Learning more, batch by batch: imported by `TopicClassifier.partial_fit` alone, for it needs scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from . import solver
from .calibration import softmax

if TYPE_CHECKING:
    from .classifier import TopicClassifier


def learn(model: TopicClassifier, texts: list[str] | None, vectors: NDArray[np.float32], target: NDArray[Any],
          weight: NDArray[np.float64]) -> None:  # fmt: skip
    """Add a batch to what a classifier knows: its weights and their precision."""
    width, columns = vectors.shape[1], model.word_coef_.shape[1]
    # Without texts the words say nothing, so that their weights stay where they are.
    words = model._words(texts, columns) if texts is not None and columns else None
    used = np.r_[:width, *([np.arange(width, width + columns)] if words is not None else []), width + columns]
    design = _with_constant(solver.design(vectors, words, columns, model.word_scale))
    coef = np.concatenate([model.coef_, model.word_coef_ / model.word_scale, model.intercept_[:, None]], axis=1,
                          dtype=np.float64)  # fmt: skip
    precision = _precision(model, coef.shape)
    coef[:, used], precision[:, used] = update(design, target, weight, coef[:, used], precision[:, used],
                                               max_iter=model.max_iter)  # fmt: skip
    model.precision_ = precision
    model.coef_ = coef[:, :width].astype(np.float32)
    model.word_coef_ = (coef[:, width:-1] * model.word_scale).astype(np.float32)
    model.intercept_ = coef[:, -1].astype(np.float32)


def update(X: Any, target: NDArray[Any], weight: NDArray[np.float64], mean: NDArray[Any], precision: NDArray[Any], *,
           max_iter: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """One step of Bayesian learning: weights and their precision after more samples.

    The posterior is taken for a normal distribution with independent weights (Spiegelhalter and Lauritzen, 1990): its
    mean is the most probable value, its precision grows by the diagonal of the curvature there.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, n_features)
        The last column is the constant of the intercept.
    target : ndarray of shape (n,)
    weight : ndarray of shape (n,)
    mean, precision : ndarray of shape (n_classes, n_features)
        What was believed before.
    """

    def objective(flat: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        coef = flat.reshape(mean.shape)
        chance = softmax(X @ coef.T)
        loss = -weight @ np.log(np.maximum(chance[rows, target], 1e-300))
        chance[rows, target] -= 1.0
        gradient = (X.T @ (chance * weight[:, None])).T + precision * (coef - mean)
        return float(loss + 0.5 * np.sum(precision * np.square(coef - mean))), gradient.ravel()

    rows = np.arange(len(target))
    found = minimize(objective, mean.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": max_iter})
    coef = found.x.reshape(mean.shape)
    chance = softmax(X @ coef.T)
    curvature = (X.multiply(X) if sparse.issparse(X) else np.square(X)).T @ (chance * (1.0 - chance) * weight[:, None])
    return coef, precision + curvature.T


def _precision(model: TopicClassifier, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """What is known of it, for weights of this shape: columns of words may have come since."""
    known, width = model.precision_, model.coef_.shape[1]
    if known is None:
        return np.full(shape, 1.0 / model.C)
    if known.shape == shape:
        return known.copy()
    grown = np.full(shape, known.min())
    grown[:, :width], grown[:, -1] = known[:, :width], known[:, -1]
    return grown


def _with_constant(X: Any) -> Any:
    """`X` with a last column of ones."""
    ones = np.ones((X.shape[0], 1), dtype=np.float32)
    return sparse.hstack([X, ones], format="csr") if sparse.issparse(X) else np.hstack([X, ones])
