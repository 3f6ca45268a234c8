"""Measures of a segmentation: named components, a formula over them, and a sum over documents.

Every metric here counts *components* of one document after another and applies its *formula* to their sums, so results
of several runs can be added. All of them look at a document through an `Alignment`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..document import KINDS
from .alignment import Alignment, Ints

BINS = 10
"""Equal-width bins of the reliability measure."""


def window_size(n: int, segments: int) -> int:
    """Half the mean length of the reference segments, at least 1.

    Parameters
    ----------
    n : int
        Units.
    segments : int
        Reference segments.
    """
    return max(1, round(n / segments / 2))


def pk(reference: Sequence[int] | Ints, hypothesis: Sequence[int] | Ints, n: int, k: int | None = None) -> float:
    """Pk of Beeferman, Berger and Lafferty (1999, "Statistical models for text segmentation").

    The share of pairs of units ``k`` apart on which the two disagree whether both lie in one segment.

    Parameters
    ----------
    reference, hypothesis : sequence of int
        Boundaries, each in ``1 .. n-1``, without repetition.
    n : int
        Units.
    k : int, optional
        Distance of a pair; by default half the mean length of the reference segments (`window_size`).

    Returns
    -------
    float
        In [0, 1], lower is better; 0 for equal boundaries.

    Raises
    ------
    ValueError
        If no pair of units lies `k` apart, or a boundary is out of range.
    """
    ours, theirs = _windows(reference, hypothesis, n, k)
    return float(np.mean((ours == 0) != (theirs == 0)))


def window_diff(
    reference: Sequence[int] | Ints, hypothesis: Sequence[int] | Ints, n: int, k: int | None = None
) -> float:
    """WindowDiff of Pevzner and Hearst (2002, "A critique and improvement of an evaluation metric").

    The share of windows in which the number of boundaries differs. Parameters, result and errors as for `pk`.
    """
    ours, theirs = _windows(reference, hypothesis, n, k)
    return float(np.mean(ours != theirs))


def _windows(
    reference: Sequence[int] | Ints, hypothesis: Sequence[int] | Ints, n: int, k: int | None
) -> tuple[Ints, Ints]:
    """The number of boundaries between units i and i + k, for every i, in both."""
    k = window_size(n, len(reference) + 1) if k is None else k
    if not 1 <= k < n:
        raise ValueError(f"a window needs 1 <= k < n, got k={k}, n={n}")
    counts = []
    for boundaries in (reference, hypothesis):
        places = np.asarray(boundaries, dtype=np.int64)
        if places.size and not 1 <= places.min() <= places.max() < n:
            raise ValueError(f"boundaries lie in 1 .. {n - 1}, got {places.min()} .. {places.max()}")
        number = np.cumsum(np.bincount(places, minlength=n))
        counts.append(number[k:] - number[:-k])
    return counts[0], counts[1]


def matches(reference: Sequence[int] | Ints, hypothesis: Sequence[int] | Ints, tolerance: int = 0) -> int:
    """The largest number of one-to-one pairs of boundaries that lie at most `tolerance` units apart.

    Parameters
    ----------
    reference, hypothesis : sequence of int
        Boundaries in increasing order.
    tolerance : int
        Largest distance of a pair.
    """
    found = i = j = 0
    # With one tolerance for all, pairing the first two that fit never costs a later pair.
    while i < len(reference) and j < len(hypothesis):
        distance = int(reference[i]) - int(hypothesis[j])
        if abs(distance) <= tolerance:
            found, i, j = found + 1, i + 1, j + 1
        elif distance < 0:
            i += 1
        else:
            j += 1
    return found


class Metric(ABC):
    """Named components and a formula; sums over documents.

    Attributes
    ----------
    name : str
        How reports call it.
    total : Counter
        The components summed so far.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()

    @abstractmethod
    def components(self, pair: Alignment) -> Mapping[str, float]:
        """What one document adds to the sums."""

    @abstractmethod
    def formula(self, total: Mapping[str, float]) -> float | None:
        """The value for summed components, None where it is not defined."""

    def add(self, pair: Alignment) -> float | None:
        """Count one document and return the value for it alone."""
        parts = Counter(self.components(pair))
        self.total.update(parts)
        return self.formula(parts)

    def merge(self, other: Metric) -> None:
        """Add what `other`, a metric of the same class, has counted."""
        self.total.update(other.total)

    @property
    def value(self) -> float | None:
        """The value over all documents so far."""
        return self.formula(self.total)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


class _Window(Metric):
    def components(self, pair: Alignment) -> Mapping[str, float]:
        if pair.n < 2:
            return {"left out": 1}
        measure = pk if self.name == "Pk" else window_diff
        return {"sum": measure(pair.reference, pair.hypothesis, pair.n), "documents": 1}

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(total["sum"], total["documents"])


class Pk(_Window):
    """Mean of `pk` over documents; those with fewer than two story units are left out and counted."""

    name = "Pk"


class WindowDiff(_Window):
    """Mean of `window_diff` over documents; those with fewer than two story units are left out and counted."""

    name = "WindowDiff"


class _Boundaries(Metric):
    tolerance: ClassVar[int] = 0

    def components(self, pair: Alignment) -> Mapping[str, float]:
        hits = matches(pair.reference, pair.hypothesis, self.tolerance)
        return {"hits": hits, "predicted": len(pair.hypothesis), "gold": len(pair.reference)}


class Precision(_Boundaries):
    """Share of the predicted boundaries that are right; summed over documents (micro)."""

    name = "P"

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(total["hits"], total["predicted"])


class Recall(_Boundaries):
    """Share of the gold boundaries that were found; summed over documents (micro)."""

    name = "R"

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(total["hits"], total["gold"])


class F1(_Boundaries):
    """Harmonic mean of `Precision` and `Recall`."""

    name = "F1"

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(2 * total["hits"], total["predicted"] + total["gold"])


class NearF1(F1):
    """`F1` where a boundary may be one story unit off; every boundary is matched at most once."""

    name = "F1±1"
    tolerance = 1


class CountAccuracy(Metric):
    """Share of the documents for which the number of stories is right."""

    name = "count"

    def components(self, pair: Alignment) -> Mapping[str, float]:
        return {"right": int(pair.stories == pair.predicted_stories), "documents": 1}

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(total["right"], total["documents"])


class OneStoryWhole(CountAccuracy):
    """Share of the documents of one story that were left whole."""

    name = "1 whole"

    def components(self, pair: Alignment) -> Mapping[str, float]:
        return super().components(pair) if pair.stories == 1 else {}


class KindAccuracy(Metric):
    """Share of the judged units whose kind is right. The components are the confusion counts, ``"gold>predicted"``."""

    name = "kind accuracy"

    def components(self, pair: Alignment) -> Mapping[str, float]:
        return Counter(f"{gold}>{predicted}" for gold, predicted in pair.kinds)

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(sum(total.get(f"{kind}>{kind}", 0) for kind in KINDS), sum(total.values()))

    def confusion(self) -> dict[str, dict[str, int]]:
        """Counts by gold kind, then predicted kind; only kinds that the gold or the predictions have."""
        counts = {key: int(count) for key, count in self.total.items() if count}
        pairs = {tuple(key.split(">")): count for key, count in counts.items()}
        present = [kind for kind in KINDS if any(kind in pair for pair in pairs)]
        return {gold: {kind: pairs.get((gold, kind), 0) for kind in present} for gold in present}


class KindRecall(KindAccuracy):
    """Mean of the recalls of the kinds that the gold has (macro)."""

    name = "kind macro recall"

    def formula(self, total: Mapping[str, float]) -> float | None:
        recalls = []
        for kind in KINDS:
            units = sum(count for key, count in total.items() if key.startswith(f"{kind}>"))
            if units:
                recalls.append(total.get(f"{kind}>{kind}", 0) / units)
        return _ratio(sum(recalls), len(recalls))


class KindAndPlace(Metric):
    """Share of the judged units whose kind is right and that are rightly in a story or in none."""

    name = "kind and in-story accuracy"

    def components(self, pair: Alignment) -> Mapping[str, float]:
        right = sum(gold == kind and well for (gold, kind), well in zip(pair.kinds, pair.placed, strict=True))
        return {"right": right, "units": len(pair.kinds)}

    def formula(self, total: Mapping[str, float]) -> float | None:
        return _ratio(total["right"], total["units"])


class CalibrationError(Metric):
    """Expected calibration error of the boundary probabilities (Naeini, Cooper and Hauskrecht 2015).

    Over the starts of gold story units, other than a document's first, that the predicted curve knows: the mean gap
    between probability and share of true boundaries, over ten bins of equal width weighted by their size.
    """

    name = "calibration error"

    def components(self, pair: Alignment) -> Mapping[str, float]:
        if pair.certainty is None or not len(pair.certainty):
            return {}
        return self._sums(*pair.certainty.T)

    def count(self, probability: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        """Count places without a document: arrays of one dimension, of probabilities and of 0 or 1."""
        self.total.update(self._sums(probability, truth))

    @staticmethod
    def _sums(probability: NDArray[np.float64], truth: NDArray[np.float64]) -> dict[str, float]:
        which = np.minimum((probability * BINS).astype(int), BINS - 1)
        sums = {"n": np.bincount(which, minlength=BINS), "p": np.bincount(which, probability, BINS),
                "y": np.bincount(which, truth, BINS)}  # fmt: skip
        return {f"{name}{i}": float(column[i]) for name, column in sums.items() for i in range(BINS)}

    def formula(self, total: Mapping[str, float]) -> float | None:
        gap = sum(abs(total[f"p{i}"] - total[f"y{i}"]) for i in range(BINS) if total.get(f"n{i}"))
        return _ratio(gap, sum(total.get(f"n{i}", 0) for i in range(BINS)))

    def bins(self) -> list[dict[str, float | int | None]]:
        """The reliability diagram: ``from``, ``to``, ``places``, mean ``probability`` and ``share`` of boundaries."""
        total = self.total
        return [{"from": i / BINS, "to": (i + 1) / BINS, "places": int(total[f"n{i}"]),
                 "probability": _ratio(total[f"p{i}"], total[f"n{i}"]),
                 "share": _ratio(total[f"y{i}"], total[f"n{i}"])} for i in range(BINS)]  # fmt: skip
