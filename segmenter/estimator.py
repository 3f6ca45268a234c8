"""The manners of a scikit-learn estimator, without scikit-learn.

Importing `sklearn.base` takes longer than `segmenter split` may need to start. What `clone`, pipelines and searches ask
of an estimator is little, and written out here.
"""

from __future__ import annotations

import inspect
from typing import Any, Self


class Estimator:
    """Base of classes whose constructors only store their parameters, each under its own name."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the constructor.

        Raises
        ------
        ValueError
            If one of them does not exist.
        """
        known = list(inspect.signature(type(self)).parameters)
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [f"{k}={v!r}" for k, v in self.get_params().items() if v is not defaults[k].default]
        return f"{type(self).__name__}({', '.join(changed)})"
