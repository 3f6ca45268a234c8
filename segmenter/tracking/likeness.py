"""How alike two stories are: the features of a pair, from fingerprints and dates alone.

Every feature is the same for (a, b) and (b, a), and depends on nothing but the two: not on what else is there, nor on
the order in which it came. Sums are exact or taken in a fixed order, so the same pair gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .fingerprints import unpacked
from .records import Fingerprint

Floats = NDArray[np.float64]

RARITIES = (2.0, 3.5, 5.0, 6.5, 8.0)
"""Lower bounds of the classes of rarity in which shared words are counted."""

IDF_STEP = 1 / 16
"""Step of the rarities that `Background` keeps in a byte each."""

FEATURES = (
    "embedding", "title words", "lead words", "all words", "title and lead words", "lead and all words",
    *(f"lead words shared, rarity {low}" for low in RARITIES), *(f"words shared, rarity {low}" for low in RARITIES),
    "days apart", "length of the shorter", "difference in length", "same outlet",
)  # fmt: skip
"""Names of the features, in their order."""

_LOG = 1 + np.log(np.maximum(np.arange(1 << 16), 1))
_LOG[0] = 0.0


class Background:
    """How rare words are in news, whatever is in the stream: the same word always counts the same.

    Parameters
    ----------
    rarity : ndarray of uint8, shape (2 ** k,)
        Inverse document frequency of words by the last k bits of their hash, in steps of `IDF_STEP`.
    """

    def __init__(self, rarity: NDArray[np.uint8]) -> None:
        self._idf = rarity.astype(np.float64) * IDF_STEP
        self._mask = np.uint32(len(rarity) - 1)

    def idf(self, words: NDArray[np.uint32]) -> Floats:
        """Inverse document frequency of each word, natural logarithm."""
        idf: Floats = self._idf[words & self._mask]
        return idf


class Profile:
    """A story made ready for comparison.

    Parameters
    ----------
    fingerprint : Fingerprint
    day : float
        Its date, in days since any fixed moment.
    background : Background
    outlet : str, optional
        Who published it, if that is known.
    """

    __slots__ = ("day", "length", "outlet", "rarity", "vector", "weights", "words")

    def __init__(self, fingerprint: Fingerprint, day: float, background: Background, outlet: str | None = None) -> None:
        self.day, self.outlet = day, outlet
        self.vector = fingerprint.vector.astype(np.float64)
        self.words, counts = unpacked(fingerprint.words)
        idf = background.idf(self.words)
        # The class of its rarity, and whether a word stands in the lead, in one number: both are compared at once.
        self.rarity = (np.searchsorted(RARITIES, idf, side="right") * 2 + (counts[1] > 0)).astype(np.uint8)
        weights = _LOG[counts] * idf
        lengths = np.maximum(np.sqrt((weights * weights).sum(axis=1, keepdims=True)), 1e-9)
        self.weights = (weights / lengths).astype(np.float32)
        self.length = float(np.log1p(counts[2].sum()))


def pair_features(one: Profile, others: Sequence[Profile], vectors: Floats | None = None) -> Floats:
    """The features of the pairs of one story with each of others.

    Parameters
    ----------
    one : Profile
    others : sequence of Profile
    vectors : ndarray of shape (len(others), d), optional
        Their vectors, where they lie together already.

    Returns
    -------
    ndarray of shape (len(others), len(FEATURES))
    """
    n = len(others)
    found = np.empty((n, len(FEATURES)))
    if not n:
        return found
    found[:, 0] = (np.stack([other.vector for other in others]) if vectors is None else vectors) @ one.vector
    sizes = [len(other.words) for other in others]
    words = np.concatenate([other.words for other in others])
    at = np.searchsorted(one.words, words)
    at[at == len(one.words)] = 0
    same = np.flatnonzero(one.words[at] == words) if len(one.words) else np.empty(0, dtype=np.intp)
    at, owner = at[same], np.repeat(np.arange(n), sizes)[same]
    theirs = np.concatenate([other.weights for other in others], axis=1)[:, same]
    own = one.weights[:, at]
    products = (*(own * theirs), (own[0] * theirs[1] + own[1] * theirs[0]) / 2,
                (own[1] * theirs[2] + own[2] * theirs[1]) / 2)  # fmt: skip
    for column, product in enumerate(products, 1):
        found[:, column] = np.bincount(owner, product, n)
    rarity = np.minimum(np.concatenate([other.rarity for other in others])[same], one.rarity[at])
    classes = 2 * len(RARITIES) + 2
    counts = np.bincount(owner * classes + rarity.astype(np.intp), minlength=n * classes).reshape(n, classes)[:, 2:]
    lead = counts[:, 1::2]
    first = 1 + len(products)
    found[:, first : first + len(RARITIES)] = np.log1p(lead)
    found[:, first + len(RARITIES) : -4] = np.log1p(lead + counts[:, 0::2])
    found[:, -4] = np.abs(np.array([other.day for other in others]) - one.day)
    length = np.array([other.length for other in others])
    found[:, -3] = np.minimum(length, one.length)
    found[:, -2] = np.abs(length - one.length)
    found[:, -1] = [one.outlet is not None and other.outlet == one.outlet for other in others]
    return found
