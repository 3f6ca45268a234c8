"""Merging and splitting threads: recorded, each in one transaction, and no id is ever lost or used again."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from ..errors import StoreError
from .bookkeeping import batches, id_of, next_number, recount, row_of
from .database import Database
from .records import Merge
from .schema import operations, stories, threads


def merge(database: Database, keep: str, other: str, reason: str) -> str:
    """Move all stories of `other` to `keep`; the thread that stays."""
    with database.writing() as connection:
        merge_within(connection, Merge(keep, other, reason))
        return id_of(connection, keep)


def merge_within(connection: Connection, wanted: Merge) -> Merge | None:
    """Merge two threads in the transaction of `connection`; what was done, with both resolved, or None."""
    stays, goes = row_of(connection, wanted.keep), row_of(connection, wanted.other)
    if stays.id == goes.id:
        return None
    keys = _keys(connection, goes.id)
    connection.execute(update(stories).where(stories.c.thread == goes.id).values(thread=stays.id))
    # What had been merged into the other goes along, so that no chain is longer than one step.
    merged = or_(threads.c.id == goes.id, threads.c.merged_into == goes.id)
    connection.execute(update(threads).where(merged).values(merged_into=stays.id))
    recount(connection, stays.id)
    recount(connection, goes.id)
    _record(connection, "merge", {"keep": stays.id, "other": goes.id, "stories": keys}, wanted.reason)
    return Merge(stays.id, goes.id, wanted.reason)


def split(database: Database, thread: str, keys: Sequence[str], reason: str) -> str:
    """Move the named stories to a new thread."""
    if isinstance(keys, str):
        raise TypeError(f"split takes a list of story keys, not a string: {keys!r}")
    asked = list(dict.fromkeys(keys))
    with database.writing() as connection:
        row = row_of(connection, thread)
        own = _keys(connection, row.id)
        foreign = sorted(set(asked) - set(own))
        if foreign:
            more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            raise StoreError(f"thread {row.id}: {foreign[0]!r}{more} is no story of it (`segmenter threads --format "
                             "jsonl` tells the stories of a thread)")  # fmt: skip
        if len(asked) in (0, len(own)):
            what = "all" if asked else "none"
            raise StoreError(f"thread {row.id}: {what} of its {len(own)} stories are to go (name some of them)")
        asked = [key for key in own if key in set(asked)]
        number = next_number(connection, operations.c.number)
        first, last = _dates(connection, asked)
        new = _new_id(connection, first, asked, number)
        connection.execute(insert(threads), {"id": new, "first": first, "last": last, "stories": len(asked)})
        for batch in batches(asked):
            connection.execute(update(stories).where(stories.c.key.in_(batch)).values(thread=new))
        recount(connection, row.id)
        _record(connection, "split", {"thread": row.id, "new": new, "stories": asked}, reason)
    return new


def _keys(connection: Connection, thread: str) -> list[str]:
    own = select(stories.c.key).where(stories.c.thread == thread).order_by(stories.c.filed)
    return list(connection.execute(own).scalars())


def _dates(connection: Connection, keys: Sequence[str]) -> tuple[datetime, datetime]:
    dates: list[datetime] = []
    for batch in batches(keys):
        dates += connection.execute(select(stories.c.date).where(stories.c.key.in_(batch))).scalars()
    return min(dates), max(dates)


def _new_id(connection: Connection, first: datetime, keys: Sequence[str], number: int) -> str:
    """Of the same look as the tracker's, and the same whenever the same stories are split at the same point."""
    salt = 0
    while True:
        seed = "\n".join([str(number), *([str(salt)] if salt else []), *sorted(keys)])
        digest = b32encode(hashlib.sha256(seed.encode()).digest()).decode("ascii").lower()
        id = f"{first.date().isoformat()}-{digest[:10]}"
        if connection.execute(select(threads.c.id).where(threads.c.id == id)).first() is None:
            return id
        salt += 1


def _record(connection: Connection, kind: str, payload: dict[str, Any], reason: str) -> None:
    connection.execute(insert(operations), {"number": next_number(connection, operations.c.number), "kind": kind,
                                            "at": datetime.now(UTC), "payload": payload, "reason": reason})  # fmt: skip
