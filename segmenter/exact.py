"""Sums that come out the same whatever number of threads there is, and whatever else is computed with them.

A product of matrices that several threads share is added up in another order than by one, which changes its last bits,
and now and then a digit of the output. So it is with a row that stands among more rows, or at another place: libraries
of linear algebra have a way of their own for each size and for what is left over at the edges.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

_P = ParamSpec("_P")
_R = TypeVar("_R")
TILE = 16
"""Rows that are multiplied at once: of so many, all kernels of OpenBLAS treat each in the same way."""

_lock = threading.Lock()
_inside = 0
_limit = None


def one_thread(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function within which the linear algebra of numpy runs in one thread.

    Calls may be nested, and made from several threads at once: the first that enters sets the limit, the last that
    leaves takes it away.
    """

    @wraps(function)
    def limited(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        global _inside, _limit
        with _lock:
            if _inside == 0:
                _limit = _controller().limit(limits=1, user_api="blas")
            _inside += 1
        try:
            return function(*args, **kwargs)
        finally:
            with _lock:
                _inside -= 1
                if _inside == 0 and _limit is not None:
                    _limit.restore_original_limits()
                    _limit = None

    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def product(rows: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """``rows @ weights.T``, each row of it the same whatever other rows there are and wherever it stands among them.

    Parameters
    ----------
    rows : ndarray of shape (n, k)
    weights : ndarray of shape (m, k)

    Returns
    -------
    ndarray of shape (n, m)
    """
    n, k = rows.shape
    tiles = -(-n // TILE)
    padded = np.zeros((tiles * TILE, k), dtype=rows.dtype)  # and in one order in memory, whatever that of the rows is
    padded[:n] = rows
    # The rows as columns: the other way round Haswell's kernel takes every second half dozen in another order.
    found = weights @ padded.reshape(tiles, TILE, k).transpose(0, 2, 1)
    return np.ascontiguousarray(found.transpose(0, 2, 1)).reshape(tiles * TILE, len(weights))[:n]
