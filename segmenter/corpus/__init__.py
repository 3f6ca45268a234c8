"""Inputs of any size into a folder of parts: planned, made by engines on one machine or many, and gone on with."""

from .engines import Engine, EngineError, HereEngine, PartLost, ProcessEngine, engine_of
from .job import Report, Summary, split_corpus
from .manifest import FolderBusy, FolderRefused, Made

__all__ = ["Engine", "EngineError", "FolderBusy", "FolderRefused", "HereEngine", "Made", "PartLost", "ProcessEngine",
           "Report", "Summary", "engine_of", "split_corpus"]  # fmt: skip
