"""The rows of threads, which are kept in step with the stories inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, bindparam, func, insert, select, update

from ..errors import UnknownThread
from .schema import stories, threads

_T = TypeVar("_T")

BATCH = 500
"""Values that one statement names at most; SQLite has bounds."""


def batches(items: Iterable[_T], size: int = BATCH) -> Iterator[list[_T]]:
    """`items` in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def next_number(connection: Connection, column: Column[int]) -> int:
    """The number after the highest. Not a sequence of the database: those have gaps where a transaction was undone."""
    return (connection.execute(select(func.max(column))).scalar_one() or 0) + 1


def rows_of(connection: Connection, ids: Collection[str]) -> dict[str, Any]:
    """The row of each of `ids`, of the thread it was merged into at last where it was; not those that are unknown."""
    found: dict[str, Any] = {}
    owners: dict[str, list[str]] = {id: [id] for id in ids}
    for _ in range(1_000):  # merging keeps chains short: only damage makes more, or a ring
        if not owners:
            return found
        later: dict[str, list[str]] = {}
        for batch in batches(sorted(owners)):
            for row in connection.execute(select(threads).where(threads.c.id.in_(batch))):
                if row.merged_into is None:
                    found.update(dict.fromkeys(owners[row.id], row))
                else:
                    later.setdefault(row.merged_into, []).extend(owners[row.id])
        owners = later
    ring = min(min(names) for names in owners.values())
    raise UnknownThread(f"thread {ring!r}: merged in a ring, the store is damaged (restore a backup)")


def row_of(connection: Connection, id: str) -> Any:
    """The row that `rows_of` gives for one."""
    found = rows_of(connection, [id])
    if id not in found:
        raise UnknownThread(f"thread {id!r}: there is no such thread in the store (`segmenter threads` lists them)")
    return found[id]


def id_of(connection: Connection, id: str) -> str:
    """The id of the row that `row_of` gives."""
    found: str = row_of(connection, id).id
    return found


def add_stories(connection: Connection, dates: Mapping[str, Sequence[datetime]]) -> tuple[dict[str, str], list[str]]:
    """Count new stories, with these dates, in the rows of their threads; make the rows that are missing.

    Returns
    -------
    final : dict
        For each thread the one it was merged into, or itself.
    opened : list
        The threads whose rows were made.
    """
    rows = rows_of(connection, dates)
    final = {id: rows[id].id if id in rows else id for id in dates}
    gathered: dict[str, list[datetime]] = {}
    for id, given in dates.items():
        gathered.setdefault(final[id], []).extend(given)
    known = {row.id: row for row in rows.values()}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for id, given in gathered.items():
        row = known.get(id)
        if row is None:
            new.append({"id": id, "first": min(given), "last": max(given), "stories": len(given)})
        else:
            empty = not row.stories
            changed.append({"_id": id, "_first": min(given if empty else [row.first, *given]),
                            "_last": max(given if empty else [row.last, *given]),
                            "_stories": row.stories + len(given)})  # fmt: skip
    if new:
        connection.execute(insert(threads), new)
    _write(connection, changed)
    return final, [row["id"] for row in new]


def recount(connection: Connection, id: str) -> None:
    """Set the counters of a thread by its stories. Without stories it keeps its dates, for they are its history."""
    counted = select(func.min(stories.c.date).label("first"), func.max(stories.c.date).label("last"),
                     func.count().label("stories")).where(stories.c.thread == id)  # fmt: skip
    row = connection.execute(counted).one()
    if not row.stories:
        connection.execute(update(threads).where(threads.c.id == id).values(stories=0))
        return
    _write(connection, [{"_id": id, "_first": row.first, "_last": row.last, "_stories": row.stories}])


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(update(threads).where(threads.c.id == bindparam("_id")).values(
            first=bindparam("_first"), last=bindparam("_last"), stories=bindparam("_stories")), rows)  # fmt: skip
