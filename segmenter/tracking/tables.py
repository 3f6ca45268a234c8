"""What a store holds, as data frames. Their columns and types never depend on the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import null, select

from . import queries
from .bookkeeping import row_of
from .database import Database
from .records import in_utc
from .schema import dumps
from .schema import failures as failures_table
from .schema import operations as operations_table
from .schema import stories as stories_table
from .schema import threads as threads_table

_PHRASES = 5
_STREAM = 5_000
_Kind = Literal["date", "Int64", "float64", "category", "object", "string"]
_KINDS: dict[_Kind, tuple[str, ...]] = {
    "date": ("date", "first", "last", "at"),
    "Int64": ("story", "start", "end", "length", "stories", "copies", "number"),
    "float64": ("topic_score", "probability"),
    "category": ("outlet", "language", "topic", "topic_name", "kind"),
    "object": ("key_phrases", "outlets", "payload"),
}
_TYPES = {name: kind for kind, names in _KINDS.items() for name in names}
"""Of the columns that do not hold text."""

_THREAD_COLUMNS = ("id", "title", "topic", "topic_name", "language", "first", "last", "stories", "copies", "outlets",
                   "key_phrases")  # fmt: skip


def stories(database: Database, thread: str | None, since: datetime | None, until: datetime | None,
            text: bool) -> pd.DataFrame:  # fmt: skip
    """One row a story."""
    columns = (*queries.STORY_COLUMNS, "text") if text else queries.STORY_COLUMNS
    return _frame(queries.iter_stories(database, thread, since, until, text), columns)


def threads(database: Database, since: datetime | None, until: datetime | None, thread: str | None,
            topic: str | None, least: int) -> pd.DataFrame:  # fmt: skip
    """One row a thread."""
    of, own = threads_table.c, stories_table.c
    where = [of.merged_into.is_(None), of.stories >= least]
    if since is not None:
        where.append(of.last >= in_utc(since, "since"))
    if until is not None:
        where.append(of.first <= in_utc(until, "until"))
    # A thread at a time, so that what is counted is held for one alone.
    statement = (
        select(of.id, of.first, of.last, own.title, own.titled, own.topic, own.topic_name, own.language, own.copy_of,
               own.outlet, own.key_phrases)
        .join_from(threads_table, stories_table, own.thread == of.id)
        .order_by(of.id, own.date, own.filed)
    )  # fmt: skip
    with database.reading() as connection:
        if thread is not None:
            where.append(of.id == row_of(connection, thread).id)
        found = connection.execution_options(yield_per=_STREAM).execute(statement.where(*where))
        rows = [_thread(list(group)) for _, group in groupby(found, attrgetter("id"))]
    rows = [row for row in rows if topic is None or topic in (row["topic"], row["topic_name"])]
    rows.sort(key=lambda row: row["last"], reverse=True)  # among equals the order of ids stays
    return _frame(rows, _THREAD_COLUMNS)


def operations(database: Database) -> pd.DataFrame:
    """One row a merge or split."""
    with database.reading() as connection:
        found = connection.execute(select(operations_table).order_by(operations_table.c.number)).all()
    return _frame((row._asdict() for row in found), operations_table.c.keys())


def failures(database: Database) -> pd.DataFrame:
    """One row an input that could not be read, or dump that could not be filed."""
    unread, unfiled = failures_table.c, dumps.c
    statements = (
        select(unread.first_seen.label("at"), unread.source, unread.place, unread.reason, unread.remedy,
               null().label("id")),
        select(unfiled.added_at.label("at"), unfiled.source, unfiled.place, unfiled.reason, null().label("remedy"),
               unfiled.id).where(unfiled.status == "failed"),
    )  # fmt: skip
    with database.reading() as connection:
        rows = [row._asdict() for statement in statements for row in connection.execute(statement)]
    rows.sort(key=lambda row: (row["at"], row["source"], row["place"]))
    return _frame(rows, ("at", "source", "place", "reason", "remedy", "id"))


def _thread(group: Sequence[Any]) -> dict[str, Any]:
    """The row of a thread, of its stories by date."""
    first = group[0]
    own = [row for row in group if row.copy_of is None] or group  # a text that is printed again has no second vote
    topic = _most(row.topic for row in own)
    return {
        "id": first.id,
        "title": next((row.title for row in group if row.titled), first.title),
        "topic": topic,
        "topic_name": _most(row.topic_name for row in own if row.topic == topic),
        "language": _most(row.language for row in group),
        "first": first.first,
        "last": first.last,
        "stories": len(group),
        "copies": sum(row.copy_of is not None for row in group),
        "outlets": _ranked(row.outlet for row in group),
        "key_phrases": _ranked(phrase for row in group for phrase in row.key_phrases)[:_PHRASES],
    }


def _ranked(values: Iterable[str | None]) -> tuple[str, ...]:
    """By how often they occur, the earliest first among equals."""
    return tuple(value for value, _ in Counter(value for value in values if value is not None).most_common())


def _most(values: Iterable[str | None]) -> str | None:
    return next(iter(_ranked(values)), None)


def _frame(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    return pd.DataFrame({name: _column(frame[name], _TYPES.get(name, "string")) for name in columns})


def _column(values: pd.Series, kind: _Kind) -> pd.Series:
    if kind == "object":
        return values
    if kind != "date":
        return values.astype(kind)
    # Through numpy: pandas before 3 would take nanoseconds, which end in the year 2262.
    naive = [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
    return pd.Series(np.array(naive, dtype="datetime64[us]"), index=values.index).dt.tz_localize("UTC")
