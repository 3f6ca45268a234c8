"""What is to be split, and what splits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from .document import Document


class Task(NamedTuple):
    """What `Splitter.split` takes."""

    text: str
    id: str | None = None
    date: str | None = None
    meta: Mapping[str, Any] | None = None


class Splitter(Protocol):
    """What data frames, the command line and evaluation need of a `Segmenter`.

    It may have `split_tasks`, too, as a `Segmenter` does: then several dumps are split at once.
    """

    def split(
        self, text: str, *, id: str | None = None, date: str | None = None, meta: Mapping[str, Any] | None = None
    ) -> Document:
        """Split one text."""
        ...
