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

CHUNK = 4_096
"""Blocks that are run at once, with a margin as wide as the convolutions reach."""


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

    def __call__(self, features: NDArray[np.float32], bags: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
                 ) -> NDArray[np.float32]:  # fmt: skip
        """Scores of each block, shape (n, o).

        Parameters
        ----------
        features : ndarray of shape (n, F)
        bags : (numbers, offsets), optional
            The n-grams of each block, as `features.cue_bags` gives them.
        """
        n, margin = len(features), self.reach
        out = np.zeros((n, len(self._t["output.bias"])), dtype=np.float32)
        for start in range(0, n, CHUNK):
            end = min(n, start + CHUNK)
            low, high = max(0, start - margin), min(n, end + margin)
            part = None
            if bags is not None:
                numbers, offsets = bags[0], bags[1][low : high + 1]
                part = (numbers[offsets[0] : offsets[-1]], offsets - offsets[0])
            out[start:end] = self._run(np.asarray(features[low:high], dtype=np.float32), part)[start - low : end - low]
        return out

    def _run(self, features: NDArray[np.float32],
             bags: tuple[NDArray[np.int64], NDArray[np.int64]] | None) -> NDArray[np.float32]:  # fmt: skip
        t = self._t
        x = (features - t["mean"]) / t["scale"]
        if self._bag is not None and bags is not None:
            x = np.concatenate([x, self._bag_means(*bags)], axis=1)
        h = np.maximum(x @ t["input.weight"].T + t["input.bias"], 0.0)
        for layer in range(self._depth):
            step = 1 << layer
            around = np.concatenate([_shift(h, step), h, _shift(h, -step)], axis=1)
            h = h + np.maximum(around @ t[f"conv.{layer}.weight"].T + t[f"conv.{layer}.bias"], 0.0)
        return h @ t["output.weight"].T + t["output.bias"]

    def _bag_means(self, numbers: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        assert self._bag is not None
        means = np.zeros((len(offsets) - 1, self._bag.shape[1]), dtype=np.float32)
        filled = np.flatnonzero(np.diff(offsets))
        if len(filled):
            means[filled] = np.add.reduceat(self._bag[numbers].astype(np.float32), offsets[filled], axis=0)
        return means / np.maximum(1, np.diff(offsets))[:, None]


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
