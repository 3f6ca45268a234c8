"""What a story is about: taxonomies, and the classifier that sorts stories under their labels."""

from __future__ import annotations

from copy import copy
from functools import cache
from importlib import resources
from pathlib import Path

from .classifier import TopicClassifier
from .taxonomy import Label, Taxonomy

__all__ = ["Label", "Taxonomy", "TopicClassifier", "load_classifier", "shipped_classifier", "shipped_folder"]


def shipped_folder() -> Path:
    """Where the classifier that comes with the package lies."""
    return Path(str(resources.files("segmenter") / "models" / "topics"))


def shipped_classifier() -> TopicClassifier:
    """The classifier of the 17 roots of IPTC Media Topics that comes with the package.

    It is loaded once; each call gives a copy that can be changed without changing the others.
    """
    return copy(_shipped())


@cache
def _shipped() -> TopicClassifier:
    model = TopicClassifier.load(shipped_folder())
    model.topics(["a word"])  # makes what copies are to share
    return model


def load_classifier(path: str | Path) -> TopicClassifier:
    """A classifier of one's own.

    Parameters
    ----------
    path : path
        A folder that `TopicClassifier.save` wrote, or a taxonomy (``.json``, ``.yaml`` or ``.csv``; `Taxonomy.read`),
        of whose names, descriptions and examples a classifier is made.

    Raises
    ------
    ModelError
        If the folder holds no classifier.
    InputError
        If the file holds no taxonomy.
    """
    path = Path(path)
    if path.is_dir() or not path.suffix:
        return TopicClassifier.load(path)
    return TopicClassifier.from_taxonomy(Taxonomy.read(path))
