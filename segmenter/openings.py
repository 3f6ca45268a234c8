"""How a story opens: evidence in the first words of a block that a story begins with it.

First paragraphs announce ("اعلن", "A court in"), later ones go on ("وأضاف", "He also"). A linear model over the first
tokens of a block, by their place, holds the log odds of the one against the other; a table of its own tells which words
stand at the beginning of a story rather than anywhere in it. `training.openings` makes both from the corpora.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .network import load_model

FIRST_TOKENS = 3
FULL = 127.0

Tokens = NDArray[np.int32]


class OpeningModel:
    """Log odds of the first words of a story.

    Parameters
    ----------
    folder : path
        Holds ``model.safetensors`` and ``config.json`` as `training.openings` writes them: ``first`` of shape
        ``(FIRST_TOKENS, n_tokens)`` and ``word`` of shape ``(n_tokens,)``, int8, with their ``scale``.
    """

    def __init__(self, folder: str | Path) -> None:
        tensors, config = load_model(Path(folder))
        self._first, self._word = tensors["first"], tensors["word"]
        scale = tensors["scale"].astype(np.float32)
        self._first_scale, self._word_scale = scale[:-1], scale[-1]
        self._bias = float(config["bias"])  # type: ignore[arg-type]

    def score(self, blocks: Sequence[Tokens]) -> NDArray[np.float32]:
        """Log odds that a story begins with each block, going by its first tokens alone.

        Parameters
        ----------
        blocks : sequence of ndarray of int
            The tokens of each block, as the shipped tokenizer gives them.

        Returns
        -------
        ndarray of shape (len(blocks),), float32
        """
        heads = np.full((len(blocks), FIRST_TOKENS), -1, dtype=np.intp)
        for row, tokens in enumerate(blocks):
            head = tokens[:FIRST_TOKENS]
            heads[row, : len(head)] = head
        weights = self._first[np.arange(FIRST_TOKENS), heads] * self._first_scale
        score: NDArray[np.floating] = np.where(heads >= 0, weights, 0.0).sum(axis=1) + self._bias
        return score.astype(np.float32)

    def words(self, tokens: Tokens) -> NDArray[np.float32]:
        """For each token, log odds of standing first in a story against anywhere."""
        odds: NDArray[np.float32] = self._word[tokens] * self._word_scale
        return odds


def shipped_openings() -> Path:
    """Where the model that comes with the package lies."""
    return Path(str(resources.files("segmenter") / "models" / "openings"))
