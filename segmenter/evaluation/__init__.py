"""How good a segmentation is: gold readers, metrics and reports."""

from __future__ import annotations

from .gold import Gold, Prediction, Unit, read_golds, read_predictions
from .report import Report, evaluate, evaluate_files, table

__all__ = [
    "Gold",
    "Prediction",
    "Report",
    "Unit",
    "evaluate",
    "evaluate_files",
    "read_golds",
    "read_predictions",
    "table",
]
