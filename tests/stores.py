"""Stores on both databases, and dumps and stories to put into them."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segmenter.tracking import FiledStory, PendingDump, Store

ROOT = Path(__file__).parents[1]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
SERVER = os.environ.get("SEGMENTER_TEST_POSTGRES", "")
NO_SERVER = "no PostgreSQL server is named (SEGMENTER_TEST_POSTGRES; .ci/run starts one)"

ABOUT: dict[str, Any] = {
    "start": 0, "end": 9, "length": 9, "title": "A title", "titled": False, "text": "Some text", "language": "en",
    "topic": None, "topic_name": None, "topic_score": None, "key_phrases": (), "probability": 0.75,
    "copy_of": None, "embedding": b"\x00\xff" * 8, "words": b"\x01\x00\x00\x00" * 2, "shingles": b"\xfe\xff\xff\xff",
}  # fmt: skip


@contextmanager
def fresh_schema() -> Iterator[str]:
    """The URL of a schema of its own on the server."""
    import sqlalchemy as sa

    address = sa.make_url(SERVER).set(drivername="postgresql+psycopg")
    name = f"segmenter_{secrets.token_hex(6)}"
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.schema.CreateSchema(name))
    try:
        options = {"options": f"-csearch_path={name}"}
        yield address.set(drivername="postgresql", query=options).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text("SET lock_timeout = '20s'"))  # a transaction left open fails the test
            connection.execute(sa.schema.DropSchema(name, cascade=True))


@contextmanager
def fresh_url(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'stories.db'}"
        return
    if not SERVER:
        pytest.skip(NO_SERVER)
    with fresh_schema() as url:
        yield url


def dump(number: int = 0, **about: Any) -> PendingDump:
    """Dump `number`, an hour later than the one before."""
    text = about.get("text", f"Text {number}.")
    return PendingDump(**{
        "key": hashlib.sha256(f"{number} {text}".encode()).hexdigest(), "id": f"d{number}", "text": text,
        "date": BEGIN + timedelta(hours=number), "source": "in.jsonl", "place": f"line {number}", **about,
    })  # fmt: skip


def story(of: PendingDump, number: int, thread: str, **about: Any) -> FiledStory:
    return FiledStory(**{"key": f"{of.key}:{number}", "dump": of.key, "number": number, "date": of.date,
                         "outlet": of.outlet, "thread": thread, **ABOUT, **about})  # fmt: skip


def file(
    store: Store, number: int, *threads: str, stories: list[dict[str, Any]] | None = None, **about: Any
) -> list[str]:
    """File dump `number` with a story in each of `threads`; the keys of the stories."""
    of = dump(number, **about)
    more = stories or [{}] * len(threads)
    found = [story(of, n, thread, **more[n]) for n, thread in enumerate(threads)]
    assert store.file(of, length=len(of.text), language="en", version="1", stories=found)
    return [one.key for one in found]


def content(store: Store) -> dict[str, Any]:
    """All that a store holds, but for the moments at which it was put there."""
    from sqlalchemy import select

    from segmenter.tracking.schema import metadata

    found = {}
    with store._database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = [row._asdict() for row in connection.execute(select(table))]
            for row in rows:
                for moment in ("added_at", "at", "first_seen", "started", "finished"):
                    row.pop(moment, None)
            found[table.name] = sorted(rows, key=lambda row: str(next(iter(row.values()))))
    return found


def tamper(store: Store, statement: Any, *rows: Any) -> None:
    """Change the store behind its back, foreign keys or not."""
    database = store._database
    engine = database._engine
    with engine.connect() as connection:
        if database.sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        connection.execute(statement, *rows)
        connection.commit()
        connection.invalidate()  # not back to the pool, with these settings


def program(source: str, *args: str) -> subprocess.Popen[bytes]:
    """Another process; `source` finds its arguments in sys.argv."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen([sys.executable, "-c", source, *args], env={**os.environ, "PYTHONPATH": paths},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    return out.decode()
