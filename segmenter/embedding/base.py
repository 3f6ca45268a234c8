"""What the rest of the house asks of an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors.

    Attributes
    ----------
    name : str
        What the model is called in output and errors.
    dimension : int
        Length of a vector.
    """

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode `texts`.

        Parameters
        ----------
        texts : sequence of str
            May be empty; so may be any of the texts.

        Returns
        -------
        ndarray of shape (len(texts), dimension), float32
            Rows of unit length; a zero row for a text in which the model finds nothing. A row depends on its own text
            alone, never on what else is in the batch.
        """
        ...
