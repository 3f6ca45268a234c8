"""Sums that come out the same whatever number of threads there is.

A product of matrices that several threads share is added up in another order than by one, which changes its last bits,
and now and then a digit of the output. The matrices here are small: one thread is as fast.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

_P = ParamSpec("_P")
_R = TypeVar("_R")
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
    import numpy  # noqa: F401 - its library must be there to be found

    return ThreadpoolController()
