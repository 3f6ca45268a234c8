"""A classifier without a training text: from the names and descriptions of labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder
from .taxonomy import Taxonomy

SHARPNESS = 20.0
"""Log odds for one unit of likeness: how sure a likeness makes. Likeness is no probability, and this a rough guess."""

NONE = 0.15
"""Likeness below which a text is nearer to none of the labels than to one.

Chosen on four small taxonomies and the stories of the development set, of which most were about something else.
"""

DOUBT = 50.0
"""So much more readily than learned weights do these give way to examples."""


def prototypes(taxonomy: Taxonomy, labels: Sequence[str], embedder: Embedder, *,
               alone: bool = False) -> NDArray[np.float32]:  # fmt: skip
    """One direction a label, shape (len(labels), dimension).

    It is the mean vector of its name, description, examples and all that stands below it, of length `SHARPNESS`. With
    `alone` what stands below the first is left out, for it stands beside it.
    """
    rows = np.array([_prototype(taxonomy, label, embedder, below=not (alone and number == 0))
                     for number, label in enumerate(labels)])  # fmt: skip
    return (SHARPNESS * rows).astype(np.float32)


def _prototype(taxonomy: Taxonomy, label: str, embedder: Embedder, *, below: bool) -> NDArray[np.float64]:
    first, *others = (taxonomy[id] for id in (label, *(taxonomy.descendants(label) if below else ())))
    kinds = (
        [*first.names.values(), first.description],
        [text for one in others for text in (taxonomy.name(one.id), one.description)],
        [text for one in (first, *others) for text in one.synonyms],
        [text for one in (first, *others) for text in one.examples],
    )
    return _unit(np.sum([_mean(embedder, texts) for texts in kinds], axis=0))


def _mean(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float64]:
    return _unit(embedder.encode([text for text in texts if text]).astype(float).sum(axis=0))


def _unit(row: NDArray[np.float64]) -> NDArray[np.float64]:
    return row / max(float(np.linalg.norm(row)), 1e-9)
