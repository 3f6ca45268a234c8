"""The kind of each block: what belongs to a story, and what is furniture of the page.

Learned, not listed: a block is judged by its outward features, by the n-grams at its edges, and by how alike it is to
what stands before and after it. The last is why vectors come in here, before the boundaries: a headline of another
article, dropped between two paragraphs, carries no cue at all; it is only foreign to both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .document import KINDS, STORY_KINDS, Span
from .features import cue_bags, surface
from .network import SequenceNetwork, load_model, softmax

IN_STORY = np.array([kind in STORY_KINDS for kind in KINDS])
SIMILARITIES = ("before", "after", "across", "before_3", "after_3", "across_3", "most_before", "most_after")


def similarities(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How alike each block is to its surroundings.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit rows, or zero rows for blocks that say nothing.

    Returns
    -------
    ndarray of shape (n, len(SIMILARITIES))
        Cosines with the block before, the block after, of those two with each other; the same with the sum of three;
        the largest with any of the six before and the six after.
    """
    n = len(vectors)
    columns = np.zeros((n, len(SIMILARITIES)), dtype=np.float32)
    if n == 0:
        return columns
    before, after = _window(vectors, 3), _window(vectors[::-1], 3)[::-1]
    previous, following = _window(vectors, 1), _window(vectors[::-1], 1)[::-1]
    pairs = ((vectors, previous), (vectors, following), (previous, following), (vectors, before), (vectors, after),
             (before, after))  # fmt: skip
    for column, (a, b) in enumerate(pairs):
        columns[:, column] = np.einsum("ij,ij->i", a, b)
    for step in range(1, min(7, n)):
        cosine = np.einsum("ij,ij->i", vectors[step:], vectors[:-step])
        columns[step:, 6] = np.maximum(columns[step:, 6], cosine)
        columns[:-step, 7] = np.maximum(columns[:-step, 7], cosine)
    return columns


def _window(vectors: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Unit sum of the `size` rows before each row; zero where there are none."""
    total = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=np.float64)])
    ends = np.arange(len(vectors))
    window = total[ends] - total[np.maximum(ends - size, 0)]
    norms = np.linalg.norm(window, axis=1, keepdims=True)
    return np.divide(window, norms, out=np.zeros_like(window), where=norms > 1e-6).astype(np.float32)


class KindClassifier:
    """Gives each block of a dump the probabilities of all kinds.

    Parameters
    ----------
    folder : path
        Holds ``model.safetensors`` and ``config.json`` as `training.kinds` writes them.
    """

    def __init__(self, folder: str | Path) -> None:
        tensors, _ = load_model(Path(folder))
        self._network = SequenceNetwork(tensors)

    def predict_proba(self, text: str, spans: Sequence[Span], vectors: NDArray[np.float32],
                      outward: NDArray[np.float32] | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Probabilities of shape (n, len(KINDS)) for the blocks `spans` with their `vectors`.

        `outward` are the features of `features.surface`, where the caller has them already.
        """
        if not spans:
            return np.zeros((0, len(KINDS)), dtype=np.float32)
        inputs = np.concatenate([surface(text, spans) if outward is None else outward, similarities(vectors)], axis=1)
        return softmax(self._network(inputs, cue_bags(text, spans)))


@cache
def shipped_kinds() -> KindClassifier:
    """The classifier that comes with the package, loaded once."""
    return KindClassifier(str(resources.files("segmenter") / "models" / "kinds"))
