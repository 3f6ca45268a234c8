"""What is read of a store: live stories for the tracker, and streams of stored ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from .bookkeeping import batches, row_of
from .database import Database
from .records import LiveStory, in_utc
from .schema import dumps, stories

_LIVE = tuple(field.name for field in fields(LiveStory))
_STREAM = 10_000

STORY_COLUMNS = ("id", "story", "key", "thread", "date", "date_given", "outlet", "title", "language", "topic",
                 "topic_name", "topic_score", "key_phrases", "start", "end", "length", "probability", "copy_of",
                 "source")  # fmt: skip


def dated(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """The condition that a story is dated in ``[since, until]``."""
    found = [] if since is None else [stories.c.date >= in_utc(since, "since")]
    return found if until is None else [*found, stories.c.date <= in_utc(until, "until")]


def live(database: Database, since: datetime, until: datetime, after: datetime | None) -> Iterator[LiveStory]:
    """The stories of a stretch of time, in filing order."""
    where = dated(since, until) + ([] if after is None else [stories.c.date > in_utc(after, "after")])
    for row in _pages(database, where, select(*(stories.c[name] for name in _LIVE))):
        yield LiveStory(**row._asdict())


def last_date(database: Database) -> datetime | None:
    """The date of the newest story."""
    with database.reading() as connection:
        last: datetime | None = connection.execute(select(func.max(stories.c.date))).scalar_one()
        return last


def iter_stories(database: Database, thread: str | None, since: datetime | None, until: datetime | None,
                 text: bool) -> Iterator[dict[str, Any]]:  # fmt: skip
    """One mapping a story, in filing order."""
    where = dated(since, until)
    if thread is not None:
        with database.reading() as connection:
            where.append(stories.c.thread == row_of(connection, thread).id)
    renamed = {"id": dumps.c.id, "story": stories.c.number, "date_given": dumps.c.date_given, "source": dumps.c.source}
    names = STORY_COLUMNS + (("text",) if text else ())
    columns = [renamed[name].label(name) if name in renamed else stories.c[name] for name in names]
    for row in _pages(database, where, select(*columns).join_from(stories, dumps, stories.c.dump == dumps.c.key)):
        yield row._asdict() | {"key_phrases": tuple(row.key_phrases)}


def _pages(database: Database, where: Sequence[ColumnElement[bool]], statement: Select[Any]) -> Iterator[Any]:
    """The rows of `statement`, a page a transaction, so that nothing waits for whoever reads slowly.

    First the numbers alone, by the index that suits the condition: with an order and a limit beside the condition,
    databases are apt to walk the whole archive in order instead.
    """
    numbers = array("q")
    with database.reading() as connection:
        found = connection.execution_options(yield_per=_STREAM).execute(select(stories.c.filed).where(*where))
        numbers.extend(found.scalars())
    for batch in batches(sorted(numbers)):
        page = statement.where(stories.c.filed.in_(batch)).order_by(stories.c.filed)
        with database.reading() as connection:
            rows = connection.execute(page).all()
        yield from rows
