"""Labels below those of a classifier: which of a topic's own topics a story is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SegmenterError
from ..exact import product
from .taxonomy import Taxonomy

LIMIT = 3
LEAST_SHARE = 0.2
"""A finer label is given from this share of its parent's probability on."""


@dataclass(frozen=True)
class Finer:
    """Multinomial logistic regressions on embeddings, one for each class that has labels below it.

    Attributes
    ----------
    labels : tuple of str, length m
        One may be that of the class itself: under it, and under none of the finer ones.
    parents : ndarray of intp, shape (m,)
        Number of the class that each stands below; labels of one parent stand together.
    coef : ndarray of shape (m, dimension), float32
    intercept : ndarray of shape (m,), float32
    """

    labels: tuple[str, ...]
    parents: NDArray[np.intp]
    coef: NDArray[np.float32]
    intercept: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], labels: Sequence[str], parents: NDArray[Any],
            weight: NDArray[np.float64], classes: NDArray[Any], *, C: float,
            max_iter: int) -> Finer | None:  # fmt: skip
        """Learn from embeddings, shape (n, dimension), with their labels and their classes.

        Of a sample with the label of its class itself nothing finer is known; but where a class has a single finer
        label, such samples say what is not under it. A class that nothing is left for gets none; where that goes for
        all there is nothing, None.
        """
        from . import solver

        names: list[str] = []
        places, rows, offsets = [], [], []
        for parent in np.unique(parents).tolist():
            own = np.flatnonzero(parents == parent)
            names_of_own = np.array([str(labels[i]) for i in own.tolist()])
            known = names_of_own != str(classes[parent])
            if len(np.unique(names_of_own[known])) > 1:
                own, names_of_own = own[known], names_of_own[known]
            below, target = np.unique(names_of_own, return_inverse=True)
            if len(below) < 2:
                continue
            coef, intercept, _ = solver.fit(vectors[own], target, weight[own], C=C, max_iter=max_iter)
            names += below.tolist()
            places += [parent] * len(below)
            rows.append(coef)
            offsets.append(intercept)
        if not names:
            return None
        return cls(tuple(names), np.array(places, dtype=np.intp), np.concatenate(rows), np.concatenate(offsets))

    def shares(self, vectors: NDArray[np.float32], classes: NDArray[np.intp]) -> NDArray[np.float32]:
        """How likely each label is, given that the story belongs under the class.

        Parameters
        ----------
        vectors : ndarray of shape (n, dimension)
        classes : ndarray of shape (n,)

        Returns
        -------
        ndarray of shape (n, m)
            0 for labels below other classes. A row sums to 1, or is 0 where the class has no finer labels.
        """
        below = self.parents[None, :] == classes[:, None]
        logits = np.where(below, product(vectors, self.coef) + self.intercept, -np.inf)
        top = logits.max(axis=1, keepdims=True, initial=-1e30)
        odds = np.exp(logits - top, where=below, out=np.zeros_like(logits, dtype=np.float32))
        shares: NDArray[np.float32] = odds / np.maximum(odds.sum(axis=1, keepdims=True), 1e-30)
        return shares

    def listed(self, shares: NDArray[np.float32]) -> list[tuple[str, float]]:
        """The likeliest labels of a row of `shares`, at most `LIMIT`, and not below `LEAST_SHARE`; best first."""
        best = (-shares).argsort(kind="stable")[:LIMIT]
        best = best[shares[best] >= LEAST_SHARE]
        return [(self.labels[i], share) for i, share in zip(best.tolist(), shares[best].tolist(), strict=True)]


def levels(y: Iterable[Any], taxonomy: Taxonomy) -> tuple[NDArray[Any], list[str]]:
    """The root above each label, and the label right below that root on the way down to it, or the root itself."""
    try:
        paths = [taxonomy.path(label) for label in y]
    except KeyError as error:
        raise SegmenterError(f"y holds a label that is not in the taxonomy: {error.args[0]}") from None
    return np.array([path[0] for path in paths]), [path[min(1, len(path) - 1)] for path in paths]
