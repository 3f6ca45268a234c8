"""Finds the stories in text dumps, sets page furniture apart, and says what each story is about."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .document import Block, Boundary, Document, Segment, Span, Story, Topic
from .errors import InputError, ModelError, SegmenterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .display import plots
    from .evaluation import evaluate, evaluate_files
    from .explanation import explain
    from .frames import split_frame
    from .segmenter import Segmenter
    from .topics import Taxonomy, TopicClassifier
    from .tracking import Store, StoryTracker

__version__ = "0.1.0"

# Loaded when first asked for, so that `import segmenter` costs next to nothing.
_LAZY = {
    "Segmenter": "segmenter",
    "Store": "tracking",
    "StoryTracker": "tracking",
    "Taxonomy": "topics",
    "TopicClassifier": "topics",
    "evaluate": "evaluation",
    "evaluate_files": "evaluation",
    "explain": "explanation",
    "plots": "display.plots",
    "split_frame": "frames",
}

__all__ = [
    "Block",
    "Boundary",
    "Document",
    "InputError",
    "ModelError",
    "Segment",
    "Segmenter",
    "SegmenterError",
    "Span",
    "Store",
    "Story",
    "StoryTracker",
    "Taxonomy",
    "Topic",
    "TopicClassifier",
    "evaluate",
    "evaluate_files",
    "explain",
    "plots",
    "split",
    "split_frame",
]


def split(text: str, *, id: str | None = None, date: str | None = None, meta: Mapping[str, Any] | None = None,
          **settings: Any) -> Document:  # fmt: skip
    """Split one dump into its stories.

    Parameters
    ----------
    text : str
        Any text.
    id, date, meta
        Carried through to the document.
    **settings
        As of `Segmenter`; for many dumps make one `Segmenter` and call its `split`.

    Returns
    -------
    Document
    """
    from .segmenter import Segmenter

    return Segmenter(**settings).split(text, id=id, date=date, meta=meta)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'segmenter' has no attribute {name!r}")
    module = import_module(f".{_LAZY[name]}", __name__)
    value = module if name == "plots" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
