"""Quantiles of a few numbers: those of numpy take longer than all else that is done for a short text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantile(values: NDArray[np.floating], share: float) -> float:
    """What `numpy.quantile` gives for one share, in [0, 1]; 0.5 is the median. There must be a value."""
    ordered = np.sort(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    below, above = float(ordered[low]), float(ordered[min(low + 1, len(ordered) - 1)])
    return below + (above - below) * (at - low)
