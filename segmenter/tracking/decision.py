"""Whether two stories belong to one thread: a logistic regression over the features of the pair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..network import load_model
from .likeness import FEATURES, Background, Floats, Profile, pair_features

DIGITS = 9
"""Log odds are rounded to this: the last bits of a product may depend on what else was multiplied along with it."""

_NUMBERS = ("intercept", "join", "link", "merge")


@dataclass(frozen=True)
class ThreadModel:
    """The learned decision.

    Parameters
    ----------
    rarity : ndarray of uint8, shape (2 ** k,)
        As for `Background`.
    coef : ndarray of float64, shape (len(FEATURES),)
    intercept : float
    join : float
        A story joins a thread if it belongs with a story of it with at least this probability.
    link : float
    merge : float
        A story that belongs with stories of two threads with a probability above `link` shows them to be one if the
        stories of the smaller thread belong to the other with log odds above `merge` on average.
    """

    rarity: NDArray[np.uint8]
    coef: Floats
    intercept: float
    join: float = 0.5
    link: float = 0.5
    merge: float = 0.0

    @cached_property
    def background(self) -> Background:
        """How rare words are."""
        return Background(self.rarity)

    def log_odds(self, one: Profile, others: Sequence[Profile], vectors: Floats | None = None) -> Floats:
        """Log odds that a story belongs with each of others, shape (len(others),)."""
        return np.round(pair_features(one, others, vectors) @ self.coef + self.intercept, DIGITS)

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and ``config.json``."""
        from safetensors.numpy import save

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(save({"rarity": self.rarity, "coef": self.coef}))
        config = {name: getattr(self, name) for name in _NUMBERS} | {"features": list(FEATURES)}
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> ThreadModel:
        """Read what `save` wrote.

        Raises
        ------
        ModelError
            If a file is missing or does not hold what it should.
        """
        tensors, config = load_model(Path(folder))
        try:
            model = cls(tensors["rarity"], tensors["coef"].astype(np.float64),  # type: ignore[arg-type]
                        *(float(config[name]) for name in _NUMBERS))  # type: ignore[arg-type]
            features = config["features"]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder}: not a model of threads ({error!r})") from error
        size = len(model.rarity)
        if features != list(FEATURES) or model.coef.shape != (len(FEATURES),) or not size or size & (size - 1):
            raise ModelError(f"{folder}: not a model of threads of this version, whose features differ (train it anew)")
        return model


def probability(log_odds: float) -> float:
    """The probability of these log odds."""
    return float(1 / (1 + np.exp(-log_odds)))


def log_odds(probability: float) -> float:
    """The log odds of a probability; infinite for 0 and 1."""
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))


@cache
def shipped_threads() -> ThreadModel:
    """The model that comes with the package, loaded once."""
    return ThreadModel.load(str(resources.files("segmenter") / "models" / "threads"))
