"""Is a store whole, and copies of it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, String, cast, exists, func, insert, or_, select

from ..errors import StoreError
from .database import Database
from .schema import dumps, inbox, metadata, stories, threads
from .trouble import explained

_NAMED = 5
_PAGE = 500
_RESTORE = "restore a backup"


def check(database: Database) -> list[str]:
    """What is wrong, each with its place and a remedy."""
    problems: list[str] = []
    try:
        with database.reading() as connection:
            if database.sqlite:
                problems += _sqlite_problems(connection)
            for kind, statement, what in _searches():
                found = sorted(connection.execute(statement.limit(_NAMED + 1)).scalars())
                if found:
                    more = ", ..." if len(found) > _NAMED else ""
                    problems.append(f"{kind} {', '.join(found[:_NAMED])}{more}: {what} ({_RESTORE})")
    except StoreError as error:  # so damaged that it cannot be read through
        problems.append(str(error))
    return [problem if problem.startswith(database.name) else f"{database.name}, {problem}" for problem in problems]


def backup(database: Database, path: str | os.PathLike[str]) -> None:
    """Copy the store into a new file."""
    target = Path(path)
    # A journal that a file of this name left behind would be taken for the new one's.
    for taken in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
        if os.path.lexists(taken):
            raise StoreError(f"{taken}: there is such a file already (name another, or remove it first)")
    if not target.parent.is_dir():
        raise StoreError(f"{target}: its directory does not exist (make it first, or choose another)")
    beside = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        if database.sqlite:
            with database.raw() as source, closing(sqlite3.connect(beside)) as copy:
                source.backup(copy)
        else:
            _copy(database, beside)
        with closing(sqlite3.connect(beside)) as copy:  # one file, that can be read where nothing can be written
            copy.execute("PRAGMA journal_mode = DELETE")
        _settle(beside, target)
    except sqlite3.Error as error:
        raise explained(error, str(target)) from error
    except OSError as error:
        raise StoreError(f"{target}: the backup cannot be written, {error.strerror or error} (choose another place)"
                         ) from error  # fmt: skip
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                beside.with_name(beside.name + end).unlink()


def _settle(beside: Path, target: Path) -> None:
    """Give the file its name, once it is on the disk, and only if no other has it by now."""
    with open(beside, "rb+") as stream:
        os.fsync(stream.fileno())
    try:
        os.link(beside, target)
    except FileExistsError:
        raise StoreError(f"{target}: there is such a file already (name another, or remove it first)") from None
    except OSError:  # a file system without links
        if target.exists():
            raise StoreError(f"{target}: there is such a file already (name another, or remove it first)") from None
        os.rename(beside, target)


def _copy(database: Database, path: Path) -> None:
    copy = Database(path, create=True)
    try:
        with database.reading() as source, copy.writing() as target:
            target.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # a thread may come before that it was merged into
            for table in metadata.sorted_tables:
                found = source.execution_options(yield_per=_PAGE).execute(select(table))
                for rows in found.partitions():
                    target.execute(insert(table), [row._asdict() for row in rows])
    finally:
        copy.close()


def _sqlite_problems(connection: Connection) -> Iterator[str]:
    for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_NAMED})"):
        if said != "ok":
            yield f"file: {said} ({_RESTORE})"
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_NAMED)
    for table, row, parent, _ in broken:
        yield f"{table}, row {row}: refers to a row of {parent} that is not there ({_RESTORE})"


def _searches() -> Iterator[tuple[str, Select[Any], str]]:
    """What should not be: kind of the rows, a statement that finds them, and what is wrong with them."""
    story, dump, thread = stories.c, dumps.c, threads.c
    other, target = threads.alias("target"), stories.alias("original")

    of_dump = stories.outerjoin(dumps, story.dump == dump.key)
    yield ("story", select(story.key).select_from(of_dump)
           .where(or_(dump.key.is_(None), dump.status != "filed")), "its dump is not filed")  # fmt: skip
    of_thread = stories.outerjoin(threads, story.thread == thread.id)
    yield ("story", select(story.key).select_from(of_thread).where(thread.id.is_(None)),
           "its thread is not in the store")  # fmt: skip
    yield ("story", select(story.key).select_from(of_thread).where(thread.merged_into.is_not(None)),
           "its thread was merged into another, and the story was not moved")  # fmt: skip
    yield ("story", select(story.key).where(story.key != story.dump + ":" + cast(story.number, String)),
           "its key is not that of its dump and number")  # fmt: skip
    yield ("story", select(story.key).select_from(stories.outerjoin(target, story.copy_of == target.c.key))
           .where(story.copy_of.is_not(None), target.c.key.is_(None)),
           "that it is a copy of is not in the store")  # fmt: skip
    counted = (select(story.thread, func.count().label("stories"), func.min(story.date).label("first"),
                      func.max(story.date).label("last")).group_by(story.thread).subquery())  # fmt: skip
    yield ("thread", select(thread.id).select_from(threads.outerjoin(counted, counted.c.thread == thread.id))
           .where(or_(thread.stories != func.coalesce(counted.c.stories, 0), thread.first != counted.c.first,
                      thread.last != counted.c.last)),
           "its number of stories or its dates are not those of its stories")  # fmt: skip
    yield ("thread", select(thread.id).where(thread.merged_into.is_(None), thread.stories == 0),
           "it has no stories and was not merged")  # fmt: skip
    # Merging keeps all chains to one step, and every ring has a second.
    yield ("thread", select(thread.id).select_from(threads.outerjoin(other, thread.merged_into == other.c.id))
           .where(thread.merged_into.is_not(None), or_(other.c.id.is_(None), other.c.merged_into.is_not(None))),
           "it does not resolve: what it was merged into is missing, or merged itself")  # fmt: skip
    usual = (select(func.length(story.embedding)).group_by(func.length(story.embedding))
             .order_by(func.count().desc(), func.length(story.embedding)).limit(1).scalar_subquery())  # fmt: skip
    yield ("story", select(story.key).where(func.length(story.embedding) != usual),
           "its embedding is not as long as the others")  # fmt: skip
    yield ("dump", select(dump.key).where(exists().where(inbox.c.key == dump.key)),
           "it is in the archive and in the inbox")  # fmt: skip
    yield ("dump", select(dump.key).where(dump.status == "failed", dump.text.is_(None)),
           "it failed, and its text was not kept")  # fmt: skip
