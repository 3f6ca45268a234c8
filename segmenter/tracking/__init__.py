"""Stories over time: the store, and the values that go in and out of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import StoreBusy, StoreError, StoreMismatch, StoreMissing, UnknownThread

if TYPE_CHECKING:
    from .job import Job
    from .records import FiledStory, Filing, Fingerprint, LiveStory, Merge, PendingDump
    from .store import Store
    from .thread import Thread
    from .tracker import Assignment, StoryTracker

# Loaded when first asked for: a database library takes longer to import than most dumps to split.
_LAZY = {
    "Assignment": "tracker",
    "FiledStory": "records",
    "Filing": "records",
    "Fingerprint": "records",
    "Job": "job",
    "LiveStory": "records",
    "Merge": "records",
    "PendingDump": "records",
    "Store": "store",
    "StoryTracker": "tracker",
    "Thread": "thread",
}

__all__ = ["Assignment", "FiledStory", "Filing", "Fingerprint", "Job", "LiveStory", "Merge", "PendingDump", "Store",
           "StoreBusy", "StoreError", "StoreMismatch", "StoreMissing", "StoryTracker", "Thread",
           "UnknownThread"]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'segmenter.tracking' has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
