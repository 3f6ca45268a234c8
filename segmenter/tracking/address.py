"""Where a store is: a URL as SQLAlchemy knows it, or the path of an SQLite file."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import StoreError

_REMEDY = "give the path of a file, sqlite:///stories.db, or postgresql://user@host/database"


def parse(url: str | os.PathLike[str] | URL) -> URL:
    """The address as SQLAlchemy takes it. No message repeats what may hold a password."""
    if isinstance(url, os.PathLike):
        url = os.fspath(url)
    if isinstance(url, str) and "://" not in url:
        if not url or "\0" in url:
            raise StoreError(f"a store has an address, not {url!r} ({_REMEDY})")
        return URL.create("sqlite", database=url)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"the address of the store cannot be read ({_REMEDY}; write @ : / ? # in a password as "
                         "%40 %3A %2F %3F %23)") from None  # fmt: skip
    if "@" in (address.host or ""):
        raise StoreError("the address of the store has more than one @ (write the one in the password as %40)")
    backend = address.get_backend_name()
    if backend == "postgres":  # what other programs call it
        address, backend = address.set(drivername="postgresql"), "postgresql"
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(f"{shown(address)}: a store is in SQLite or PostgreSQL ({_REMEDY})")
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(f"{shown(address)}: this driver is not supported (write {backend}://)")
    if backend == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreError(f"{shown(address)}: a store in memory would not outlive the program ({_REMEDY})")
    return address


def shown(address: URL) -> str:
    """The address as messages show it: without password, and without options, which may hold one too."""
    backend = address.get_backend_name()
    if backend == "sqlite" and address.database:
        return address.database
    return address.set(drivername=backend, query={}).render_as_string(hide_password=True)


def file_of(address: URL) -> Path | None:
    """The file of an SQLite store."""
    if address.get_backend_name() != "sqlite":
        return None
    name = address.database or ""
    if name.startswith("file:"):  # SQLite's own form, sqlite:///file:stories.db?mode=ro&uri=true
        name = name.removeprefix("file:").partition("?")[0]
    return Path(name)
