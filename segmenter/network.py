"""A small network over a sequence of blocks, run in numpy.

A layer of its own for each block, then dilated convolutions (Yu and Koltun 2016) with residual connections, so that a
block is judged by its neighbours in linear time and without torch. `training.networks` holds the same network in torch;
a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .exact import product
from .sequences import Edges, Piece, pieces, whole

CHUNK = 4_096
"""Blocks that are run at once, with a margin as wide as the convolutions reach."""

Bags = tuple[NDArray[np.integer], NDArray[np.int64]]
"""The n-grams of blocks: their numbers one after the other, and where each block's begin (n + 1 offsets)."""


class SequenceNetwork:
    """Block features to scores.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        ``mean, scale (F,)``; optionally ``bag (buckets, e)``; ``input.weight (h, F + e)``, ``input.bias``;
        ``conv.K.weight (h, 3 h)``, ``conv.K.bias`` with dilation 1, 2, 4, ... for K = 0, 1, 2, ...;
        ``output.weight (o, h)``, ``output.bias``.
    """

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        self._t = {name: np.asarray(value, dtype=np.float32) for name, value in tensors.items() if name != "bag"}
        self._bag = tensors.get("bag")  # stays in half precision: it is most of the file, and a few rows are used
        self._depth = sum(name.startswith("conv.") and name.endswith(".weight") for name in tensors)

    @property
    def mean(self) -> NDArray[np.float32]:
        """Mean of the features in training, shape (F,)."""
        return self._t["mean"]

    @property
    def reach(self) -> int:
        """How far the convolutions see to either side, in blocks."""
        return (1 << self._depth) - 1

    def __call__(self, features: NDArray[np.float32], bags: Bags | None = None,
                 edges: Edges | None = None) -> NDArray[np.float32]:  # fmt: skip
        """Scores of each block, shape (n, o); the same whatever other sequences are given with a block's own.

        Parameters
        ----------
        features : ndarray of shape (n, F)
        bags : (numbers, offsets), optional
            The n-grams of each block, as `cues.cue_bags` gives them.
        edges : ndarray of int, shape (k + 1,), optional
            Where each of k sequences begins, and the last ends, where the blocks are of several.
        """
        out = np.zeros((len(features), len(self._t["output.bias"])), dtype=np.float32)
        for piece in pieces(whole(len(features)) if edges is None else edges, CHUNK, self.reach):
            part = None
            if bags is not None:
                numbers, offsets = bags[0], bags[1][piece.low : piece.high + 1]
                part = (numbers[offsets[0] : offsets[-1]], offsets - offsets[0])
            own = np.asarray(features[piece.low : piece.high], dtype=np.float32)
            out[piece.start : piece.end] = piece.wanted(self._run(own, part, piece))
        return out

    def _run(self, features: NDArray[np.float32], bags: Bags | None, piece: Piece) -> NDArray[np.float32]:
        t = self._t
        x = (features - t["mean"]) / t["scale"]
        if self._bag is not None and bags is not None:
            x = np.concatenate([x, self._bag_means(*bags)], axis=1)
        h = piece.spread(np.maximum(product(x, t["input.weight"]) + t["input.bias"], 0.0))
        blank = piece.blank
        for layer in range(self._depth):
            step = 1 << layer
            around = np.concatenate([_shift(h, step), h, _shift(h, -step)], axis=1)
            h = h + np.maximum(product(around, t[f"conv.{layer}.weight"]) + t[f"conv.{layer}.bias"], 0.0)
            if blank is not None:
                h[blank] = 0.0  # nothing stands there, which the bias does not know
        return product(h, t["output.weight"]) + t["output.bias"]

    def _bag_means(self, numbers: NDArray[np.integer], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
        assert self._bag is not None
        means = np.zeros((len(offsets) - 1, self._bag.shape[1]), dtype=np.float32)
        filled = np.flatnonzero(np.diff(offsets))
        if len(filled):
            means[filled] = np.add.reduceat(self._bag[numbers].astype(np.float32), offsets[filled], axis=0)
        return (means / np.maximum(1, np.diff(offsets))[:, None]).astype(np.float32)


def _shift(h: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """Row i of the result is row ``i - by`` of `h`; zeros where there is none."""
    out = np.zeros_like(h)
    if abs(by) < len(h):
        if by > 0:
            out[by:] = h[:-by]
        else:
            out[:by] = h[-by:]
    return out


def load_model(folder: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, object]]:
    """Tensors and settings of a model folder (``model.safetensors``, ``config.json``).

    Raises
    ------
    ModelError
        If a file is missing or cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(folder / "model.safetensors"), json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise ModelError(f"{folder}: cannot read the model ({error})") from error


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chance: NDArray[np.float32] = shifted / shifted.sum(axis=-1, keepdims=True)
    return chance
