"""The tables of a store, and how values are kept in them on every database.

`migrations` makes the same tables step by step; a test compares the two.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from .records import in_utc

REVISION = "0002"
"""The newest migration, so that a store can be seen to be up to date without loading what migrates it."""

VERSION_TABLE = "store_version"
"""Holds the revision of the store. Not alembic's usual name: the database of another program may have that."""

_UNSAFE = re.compile("[\0\x10]")
_ESCAPED = re.compile("\x10([01])")


class Utc(TypeDecorator[datetime]):
    """A moment: UTC in the database, an aware datetime outside."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Into the database."""
        if value is None:
            return None
        value = in_utc(value)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Any text, U+0000 as well.

    PostgreSQL has no U+0000 in texts. It is kept as U+0010 "0", and U+0010 (data link escape) as U+0010 "1", on every
    database, so that what one holds can be copied to another.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Into the database."""
        if value is None or ("\0" not in value and "\x10" not in value):
            return value
        return _UNSAFE.sub(lambda found: "\x100" if found[0] == "\0" else "\x101", value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """Out of the database."""
        if value is None or "\x10" not in value:
            return value
        return _ESCAPED.sub(lambda found: "\0" if found[1] == "0" else "\x10", value)


class Json(TypeDecorator[Any]):
    """A JSON value as its text, which keeps the order of keys, long numbers and U+0000 (as an escape)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Into the database."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False, default=dict)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """Out of the database."""
        return None if value is None else json.loads(value)


class Key(AnyText):
    """A short text that is compared and sorted by code points on every database, whatever its locale."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        """PostgreSQL sorts by the locale unless told otherwise; SQLite never does."""
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())


# SQLite takes none but INTEGER for the number of a row.
_Number = BigInteger().with_variant(Integer(), "sqlite")

# Alembic's, and no part of `metadata`.
version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
})  # fmt: skip

dumps = Table(
    "dumps", metadata,
    Column("key", Key, primary_key=True),
    Column("id", AnyText, nullable=False),
    Column("date", Utc, nullable=False, index=True),
    Column("date_given", AnyText),
    Column("source", AnyText, nullable=False),
    Column("place", AnyText, nullable=False),
    Column("outlet", AnyText),
    Column("length", Integer),
    Column("language", AnyText),
    Column("meta", Json, nullable=False),
    Column("status", Key, nullable=False),
    Column("reason", AnyText),
    Column("text", AnyText),  # of those that failed alone, so that they can be tried again
    Column("version", AnyText, nullable=False),
    Column("added_at", Utc, nullable=False),
    CheckConstraint("status IN ('filed', 'failed')", name="status"),
    Index(None, "id", postgresql_using="hash"),  # ids may be long, and PostgreSQL's trees refuse what is
)  # fmt: skip

inbox = Table(
    "inbox", metadata,
    Column("key", Key, primary_key=True),
    Column("id", AnyText, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("date", Utc, nullable=False),
    Column("date_given", AnyText),
    Column("outlet", AnyText),
    Column("meta", Json, nullable=False),
    Column("source", AnyText, nullable=False),
    Column("place", AnyText, nullable=False),
    Index(None, "date", "key"),
)  # fmt: skip

threads = Table(
    "threads", metadata,
    Column("id", Key, primary_key=True),
    Column("first", Utc, nullable=False),
    Column("last", Utc, nullable=False, index=True),
    Column("stories", Integer, nullable=False),
    Column("merged_into", Key, ForeignKey("threads.id"), index=True),
)  # fmt: skip

stories = Table(
    "stories", metadata,
    Column("filed", _Number, primary_key=True, autoincrement=False),  # the order of filing
    Column("key", Key, nullable=False, unique=True),
    Column("dump", Key, ForeignKey("dumps.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("title", AnyText),
    Column("titled", Boolean, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("language", AnyText, nullable=False),
    Column("topic", AnyText),
    Column("topic_name", AnyText),
    Column("topic_score", Double),
    Column("key_phrases", Json, nullable=False),
    Column("date", Utc, nullable=False, index=True),
    Column("outlet", AnyText),
    Column("thread", Key, ForeignKey("threads.id"), nullable=False, index=True),
    Column("probability", Double, nullable=False),
    Column("copy_of", Key),
    Column("embedding", LargeBinary, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("shingles", LargeBinary, nullable=False),
    UniqueConstraint("dump", "number"),
)  # fmt: skip

operations = Table(
    "operations", metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("kind", Key, nullable=False),
    Column("payload", Json, nullable=False),
    Column("reason", AnyText, nullable=False),
    CheckConstraint("kind IN ('merge', 'split')", name="kind"),
)  # fmt: skip

failures = Table(
    "failures", metadata,
    Column("key", Key, primary_key=True),
    Column("source", AnyText, nullable=False),
    Column("place", AnyText, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("remedy", AnyText, nullable=False),
    Column("first_seen", Utc, nullable=False),
)  # fmt: skip

settings = Table(
    "settings", metadata,
    Column("name", Key, primary_key=True),
    Column("value", Json, nullable=False),
)  # fmt: skip

runs = Table(
    "runs", metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("started", Utc, nullable=False),
    Column("finished", Utc),
    Column("version", AnyText, nullable=False),
    Column("counts", Json),
    Column("status", Key),
)  # fmt: skip
