"""A prediction laid over the gold units of a dump: what every metric looks at.

The gold story units stand in a row, numbered 0 .. n-1; boundary ``i`` means that a story begins at unit ``i``.
Furniture is left out of the row, so a boundary before, in or after a stretch of furniture is the same boundary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .gold import Gold, Prediction, Unit

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Alignment:
    """One document as the metrics see it.

    Parameters
    ----------
    n : int
        Gold story units; furniture is left out.
    reference, hypothesis : array of int64
        Boundaries in ``1 .. n-1``, increasing.
    stories, predicted_stories : int
        How many stories there are, and how many were found.
    kinds : tuple of (str, str)
        (gold kind, predicted kind) of every gold unit, furniture too, whose kind was judged; empty without
        predicted segments.
    placed : tuple of bool
        For each of `kinds`, whether *in a story or in none* is right.
    certainty : array (m, 2)
        Probability and truth (0 or 1) at the starts of gold story units, other than the first, that the predicted
        curve knows.
    """

    n: int
    reference: Ints
    hypothesis: Ints
    stories: int
    predicted_stories: int
    kinds: tuple[tuple[str, str], ...] = ()
    placed: tuple[bool, ...] = ()
    certainty: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, gold: Gold, prediction: Prediction) -> Alignment:
        """Lay a prediction over the gold units.

        A predicted boundary counts at the first story unit that ends after it. One that comes to the first unit, or
        after the last, is none; several at one unit are one. A unit has the kind and story of the segment that covers
        most of its code points, the first of equals.

        Raises
        ------
        ValueError
            If the prediction is of a text of another length.
        """
        if prediction.length != len(gold.text):
            raise ValueError(
                f"the prediction is of a text of {prediction.length} code points, the gold text has {len(gold.text)}"
            )
        story_units = [unit for unit in gold.units if unit.story is not None]
        n = len(story_units)
        at_unit = np.searchsorted([unit.end for unit in story_units], prediction.boundaries, side="right")
        kinds, placed = _project(gold, prediction)
        return cls(
            n, _changes(gold), np.unique(at_unit[(at_unit > 0) & (at_unit < n)]).astype(np.int64),
            len({unit.story for unit in story_units}), prediction.stories, kinds, placed, _certainty(gold, prediction),
        )  # fmt: skip

    @classmethod
    def with_furniture(cls, gold: Gold, prediction: Prediction) -> Alignment:
        """Lay a prediction over *all* gold units, furniture too, for the measures of where it breaks.

        A run of neighbouring units of one story is a segment of the reference, and so is a run of units of no story:
        a story that furniture interrupts breaks before and after it. A prediction with segments breaks likewise
        wherever the story that most of a unit lies in changes, to none and back included. One without them knows
        nothing of furniture: it breaks at its boundaries, each at the first unit that ends after it.
        """
        units = gold.units
        if prediction.starts:
            hypothesis = _breaks([prediction.owners[place] for place in _covering(prediction, units)])
        else:
            at_unit = np.searchsorted([unit.end for unit in units], prediction.boundaries, side="right")
            hypothesis = np.unique(at_unit[(at_unit > 0) & (at_unit < len(units))]).astype(np.int64)
        reference = _breaks([unit.story for unit in units])
        return cls(len(units), reference, hypothesis, len(reference) + 1, len(hypothesis) + 1)

    @classmethod
    def uncut(cls, gold: Gold) -> Alignment:
        """The baseline *no boundary*."""
        reference = _changes(gold)
        stories = {unit.story for unit in gold.units if unit.story is not None}
        n = sum(unit.story is not None for unit in gold.units)
        return cls(n, reference, np.empty(0, np.int64), len(stories), 1)

    @classmethod
    def even(cls, gold: Gold) -> Alignment:
        """The baseline *even spacing*, a generous one: it knows how many stories there are and cuts evenly."""
        base = cls.uncut(gold)
        parts = len(base.reference) + 1
        places = np.unique([round(base.n * part / parts) for part in range(1, parts)]).astype(np.int64)
        return cls(base.n, base.reference, places, base.stories, base.stories)


def _changes(gold: Gold) -> Ints:
    stories = np.array([unit.story for unit in gold.units if unit.story is not None], dtype=np.int64)
    return np.flatnonzero(np.diff(stories)) + 1


def _breaks(owners: Sequence[int | None]) -> Ints:
    return np.flatnonzero([before != after for before, after in pairwise(owners)]).astype(np.int64) + 1


def _covering(prediction: Prediction, units: Sequence[Unit]) -> list[int]:
    """For each unit the number of the segment that covers most of its code points, the first of equals."""
    starts = np.array([*prediction.starts, prediction.length])
    first = np.searchsorted(starts, [unit.start for unit in units], side="right") - 1
    last = np.searchsorted(starts, [unit.end for unit in units], side="left")
    return [int(low) + int(np.argmax(np.diff(np.clip(starts[low : high + 1], unit.start, unit.end))))
            for unit, low, high in zip(units, first, last, strict=True)]  # fmt: skip


def _project(gold: Gold, prediction: Prediction) -> tuple[tuple[tuple[str, str], ...], tuple[bool, ...]]:
    judged = [unit for unit in gold.units if unit.kind is not None]
    if not prediction.starts or not judged:
        return (), ()
    kinds, placed = [], []
    for unit, best in zip(judged, _covering(prediction, judged), strict=True):
        kinds.append((str(unit.kind), prediction.kinds[best]))
        placed.append((unit.story is None) == (prediction.owners[best] is None))
    return tuple(kinds), tuple(placed)


def _certainty(gold: Gold, prediction: Prediction) -> NDArray[np.float64] | None:
    if not prediction.curve:
        return None
    probability = dict(prediction.curve)
    units = [unit for unit in gold.units if unit.story is not None]
    begins = {units[i].start for i in _changes(gold)}
    known = [(probability[unit.start], float(unit.start in begins)) for unit in units[1:] if unit.start in probability]
    return np.array(known, dtype=np.float64).reshape(-1, 2)
