"""How dumps get into a store: first the inbox, then for good, each in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, tuple_

from ..errors import InputError
from .bookkeeping import add_stories, batches, next_number
from .corrections import merge_within
from .database import Database
from .records import FiledStory, Filing, Merge, PendingDump
from .schema import Utc, dumps, failures, inbox, settings, stories

_STAGED_ROWS, _STAGED_CHARACTERS = 200, 4_000_000
_PAGE = 50
_PENDING = tuple(field.name for field in fields(PendingDump))
_STORY = tuple(field.name for field in fields(FiledStory))


def stage(database: Database, given: Iterable[PendingDump]) -> tuple[int, int]:
    """Put dumps into the inbox."""
    seen: set[str] = set()
    new = 0
    for batch in _batches(given, seen):
        with database.writing() as connection:
            known = _known(connection, list(batch))
            rows = [_inbox_row(dump) for key, dump in batch.items() if key not in known]
            if rows:
                connection.execute(insert(inbox), rows)
        new += len(rows)
    return new, len(seen) - new


def known(database: Database, keys: Iterable[str]) -> set[str]:
    """Which of `keys` are in the store: filed, failed or waiting."""
    found: set[str] = set()
    for batch in batches(keys):
        with database.reading() as connection:
            found |= _known(connection, batch)
    return found


def settle(database: Database, name: str, value: Any) -> Any:
    """What the store has as setting `name`; `value` from now on if it has none yet."""
    with database.writing() as connection:
        row = connection.execute(select(settings.c.value).where(settings.c.name == name)).one_or_none()
        if row is None:
            connection.execute(insert(settings), {"name": name, "value": value})
        return value if row is None else row.value


def pending_count(database: Database) -> int:
    """How many dumps wait."""
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(inbox)).scalar_one()


def pending(database: Database) -> Iterator[PendingDump]:
    """The dumps that wait, by (date, key), a page a transaction."""
    page = select(inbox).order_by(inbox.c.date, inbox.c.key).limit(_PAGE)
    last: PendingDump | None = None
    while True:
        after = page
        if last is not None:
            after = page.where(tuple_(inbox.c.date, inbox.c.key) > tuple_(literal(last.date, Utc), last.key))
        with database.reading() as connection:
            rows = connection.execute(after).all()
        for row in rows:
            last = PendingDump(**row._asdict())
            yield last
        if len(rows) < _PAGE:
            return


def file(database: Database, dump: PendingDump, length: int, language: str, version: str,
         found: Sequence[FiledStory], merges: Sequence[Merge]) -> Filing | None:  # fmt: skip
    """File a dump with its stories, then merge; None if it was filed already."""
    for story in found:
        if story.dump != dump.key:
            raise ValueError(f"story {story.key} is not of dump {dump.key}")
    dates: dict[str, list[datetime]] = {}
    for story in found:
        dates.setdefault(story.thread, []).append(story.date)
    with database.writing() as connection:
        if not _leave_inbox(connection, dump):
            return None
        connection.execute(insert(dumps), _dump_row(dump, version, status="filed", length=length, language=language))
        opened: Sequence[str] = ()
        if found:
            final, opened = add_stories(connection, dates)
            first = next_number(connection, stories.c.filed)
            rows = [{name: getattr(story, name) for name in _STORY} | {"thread": final[story.thread], "filed": number}
                    for number, story in enumerate(found, first)]  # fmt: skip
            connection.execute(insert(stories), rows)
        # Only now: a merge may name a thread that a story of this very dump opens.
        done = [merge_within(connection, wanted) for wanted in merges]
    return Filing(tuple(opened), tuple(merge for merge in done if merge is not None))


def fail(database: Database, dump: PendingDump, reason: str, version: str) -> None:
    """Take a dump out of the inbox that could not be filed, its text kept."""
    with database.writing() as connection:
        if _leave_inbox(connection, dump):
            connection.execute(insert(dumps), _dump_row(dump, version, status="failed", reason=_writable(reason),
                                                              text=dump.text))  # fmt: skip


def retry(database: Database) -> int:
    """Put the dumps that failed back into the inbox, one transaction each."""
    with database.reading() as connection:
        keys = connection.execute(select(dumps.c.key).where(dumps.c.status == "failed")).scalars().all()
    moved = 0
    for key in keys:
        with database.writing() as connection:
            failed = dumps.c.key == key, dumps.c.status == "failed"
            row = connection.execute(select(*(dumps.c[name] for name in _PENDING)).where(*failed)).one_or_none()
            if row is None:  # another process was here
                continue
            connection.execute(delete(dumps).where(*failed))
            connection.execute(insert(inbox), row._asdict())
            moved += 1
    return moved


def record_failure(database: Database, error: InputError) -> bool:
    """Note an input that could not be read; False if it is noted already."""
    parts = [str(error.source), error.place, error.reason]
    key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    with database.writing() as connection:
        if connection.execute(select(failures.c.key).where(failures.c.key == key)).first():
            return False
        row = dict(zip(("source", "place", "reason", "remedy"), map(_writable, [*parts, error.remedy]), strict=True))
        connection.execute(insert(failures), row | {"key": key, "first_seen": datetime.now(UTC)})
    return True


def _known(connection: Connection, keys: Sequence[str]) -> set[str]:
    return {key for table in (dumps, inbox)
            for key in connection.execute(select(table.c.key).where(table.c.key.in_(keys))).scalars()}  # fmt: skip


def _batches(given: Iterable[PendingDump], seen: set[str]) -> Iterator[dict[str, PendingDump]]:
    batch: dict[str, PendingDump] = {}
    characters = 0
    for dump in given:
        if dump.key in seen:
            continue
        seen.add(dump.key)
        batch[dump.key] = dump
        characters += len(dump.text)
        if len(batch) >= _STAGED_ROWS or characters >= _STAGED_CHARACTERS:
            yield batch
            batch, characters = {}, 0
    if batch:
        yield batch


def _writable(text: str) -> str:
    """File names, and the messages of errors, may hold what is no text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _leave_inbox(connection: Connection, dump: PendingDump) -> bool:
    """Whether the dump is still to be filed. It leaves the inbox in any case, and the list of those that failed."""
    connection.execute(delete(inbox).where(inbox.c.key == dump.key))
    status = connection.execute(select(dumps.c.status).where(dumps.c.key == dump.key)).scalar_one_or_none()
    if status == "failed":
        connection.execute(delete(dumps).where(dumps.c.key == dump.key))
    return status != "filed"


def _inbox_row(dump: PendingDump) -> dict[str, Any]:
    return {name: getattr(dump, name) for name in _PENDING}


def _dump_row(dump: PendingDump, version: str, **about: Any) -> dict[str, Any]:
    row = _inbox_row(dump) | {"text": None, "version": version, "added_at": datetime.now(UTC)}
    return row | dict.fromkeys(("length", "language", "reason")) | about
