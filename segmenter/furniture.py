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

from .cues import cue_bags
from .document import KINDS, STORY_KINDS
from .evidence import Evidence, Places
from .network import SequenceNetwork, load_model, softmax
from .sequences import Edges, joined, parted
from .windows import similarities

IN_STORY = np.array([kind in STORY_KINDS for kind in KINDS])


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

    def predict_proba(self, text: str, evidence: Evidence) -> NDArray[np.float32]:
        """Probabilities of shape (n, len(KINDS)) for the blocks of a text."""
        return self.predict_all([text], [evidence])[0]

    def predict_all(self, texts: Sequence[str], evidence: Sequence[Evidence]) -> list[NDArray[np.float32]]:
        """What `predict_proba` gives for each of several texts."""
        places = Places.of(texts, [own.spans for own in evidence])
        bags = cue_bags(places.text, places.starts, places.ends)
        scores = self._network(kind_inputs(evidence, places.edges), bags, places.edges)
        return parted(softmax(scores), places.edges)


def kind_inputs(evidence: Sequence[Evidence], edges: Edges) -> NDArray[np.float32]:
    """What the classifier goes by beside n-grams, for the blocks of several texts; shape (n, n_inputs)."""
    near = similarities(joined([own.vectors for own in evidence]), edges)
    opening = joined([own.opening for own in evidence])[:, None] / np.float32(2.0)
    return np.concatenate([joined([own.outward for own in evidence]), near, opening], axis=1)


@cache
def shipped_kinds() -> KindClassifier:
    """The classifier that comes with the package, loaded once."""
    return KindClassifier(str(resources.files("segmenter") / "models" / "kinds"))
