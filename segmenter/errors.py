"""The errors a user can meet. Each names the input, the place in it, and what to do."""

from __future__ import annotations


class SegmenterError(ValueError):
    """Base of the errors that `segmenter` raises on purpose."""


class InputError(SegmenterError):
    """An input that cannot be read.

    Parameters
    ----------
    source : str
        File name, or "standard input".
    place : str
        Where in it: "line 12", "offset 40", "row 3"; empty where it is the whole.
    reason : str
        What is wrong.
    remedy : str
        What the user can do.
    """

    def __init__(self, source: str, place: str, reason: str, remedy: str = "") -> None:
        self.source, self.place, self.reason, self.remedy = source, place, reason, remedy
        where = f"{source}, {place}" if place else source
        super().__init__(f"{where}: {reason}" + (f" ({remedy})" if remedy else ""))


class ModelError(SegmenterError):
    """A model folder or name that cannot be used."""


class StoreError(SegmenterError):
    """A store that cannot be opened, read or written, or that refuses what was asked."""


class StoreMissing(StoreError):
    """There is no store at the address."""


class StoreMismatch(StoreError):
    """A store whose stories were made with other settings than those to come."""


class StoreBusy(StoreError):
    """A store that another job is working on."""


class UnknownThread(StoreError, KeyError):
    """An id that no thread of the store has, or ever had."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError shows the repr of its text
