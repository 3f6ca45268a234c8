"""A thread of a store with its stories, which shows itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..io.terminal import cut, one_line

if TYPE_CHECKING:
    import pandas as pd

_WIDTH = 100


@dataclass(frozen=True, repr=False, eq=False)
class Thread:
    """A thread: in a notebook its stories in time, with when they appeared.

    Attributes
    ----------
    id : str
    title, topic, topic_name, language : str or None
        As `Store.threads` tells them.
    first, last : datetime
        Dates of its stories.
    copies : int
        How many of its stories are nearly copies of another.
    outlets, key_phrases : tuple of str
        The most frequent first.
    stories : DataFrame
        As `Store.stories` with ``text=True`` gives them, in filing order.
    """

    id: str
    title: str | None
    topic: str | None
    topic_name: str | None
    language: str | None
    first: datetime
    last: datetime
    copies: int
    outlets: tuple[str, ...]
    key_phrases: tuple[str, ...]
    stories: pd.DataFrame

    @classmethod
    def of(cls, threads: pd.DataFrame, stories: pd.DataFrame) -> Thread:
        """Make a thread of its one row of `Store.threads`, and its stories."""
        row: dict[str, Any] = {field.name: threads[field.name].iloc[0] for field in fields(cls)[:-1]}
        for name in ("title", "topic", "topic_name", "language"):
            row[name] = row[name] if isinstance(row[name], str) else None
        for name in ("first", "last"):
            row[name] = row[name].to_pydatetime(warn=False)
        return cls(**row | {"copies": int(row["copies"])}, stories=stories)

    def __repr__(self) -> str:
        title = "no title" if self.title is None else cut(one_line(self.title), _WIDTH)
        count = len(self.stories)
        many = f"{count:,} {'story' if count == 1 else 'stories'}"
        return f"Thread({self.id!r}, {many}, {self.first.isoformat()[:16]} to {self.last.isoformat()[:16]}: {title})"

    def _repr_html_(self) -> str:
        from ..display.thread import thread_html  # not above: a thread shows itself, as a document does

        return thread_html(self)
