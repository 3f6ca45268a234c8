"""What a story is about: taxonomies, and the classifier that sorts stories under their labels."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from .classifier import TopicClassifier
from .taxonomy import Label, Taxonomy

__all__ = ["Label", "Taxonomy", "TopicClassifier", "shipped_classifier", "shipped_folder"]


def shipped_folder() -> Path:
    """Where the classifier that comes with the package lies."""
    return Path(str(resources.files("segmenter") / "models" / "topics"))


@cache
def shipped_classifier() -> TopicClassifier:
    """The classifier of the 17 roots of IPTC Media Topics that comes with the package, loaded once."""
    return TopicClassifier.load(shipped_folder())
