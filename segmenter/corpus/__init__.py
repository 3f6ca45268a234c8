"""Inputs of any size into a folder of parts: planned, made by engines on one machine or many, and gone on with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engines import Engine, EngineError, HereEngine, PartLost, ProcessEngine, engine_of
    from .job import Report, Summary, split_corpus
    from .manifest import FolderBusy, FolderRefused, Made

# Loaded when first asked for: most runs of `segmenter split` write one file, and start the sooner.
_LAZY = {
    "Engine": "engines",
    "EngineError": "engines",
    "FolderBusy": "manifest",
    "FolderRefused": "manifest",
    "HereEngine": "engines",
    "Made": "manifest",
    "PartLost": "engines",
    "ProcessEngine": "engines",
    "Report": "job",
    "Summary": "job",
    "engine_of": "engines",
    "split_corpus": "job",
}

__all__ = ["Engine", "EngineError", "FolderBusy", "FolderRefused", "HereEngine", "Made", "PartLost", "ProcessEngine",
           "Report", "Summary", "engine_of", "split_corpus"]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'segmenter.corpus' has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
