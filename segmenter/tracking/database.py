"""The connection to a store: opening it, transactions, the lock of the job, and what a user is told of errors."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ..errors import StoreBusy, StoreError, StoreMissing
from .address import file_of, parse, shown
from .schema import REVISION, VERSION_TABLE, version
from .trouble import explained

_BUSY_SECONDS = 60.0
_SILENT_SECONDS = 10


class Database:
    """An open store, for the modules of this package."""

    def __init__(self, url: Any, *, create: bool) -> None:
        address = parse(url)
        self.name = shown(address)
        self.file = file_of(address)
        if self.file is not None:
            _check_file(self.file, create)
        self._engine = _engine(address, self.name)
        self._writer = self._engine.execution_options(writing=True)
        self._secret = str(address.password or "")
        try:
            self._open(create)
        except BaseException:
            self.close()
            raise

    @property
    def sqlite(self) -> bool:
        """Whether it is in SQLite; in PostgreSQL otherwise."""
        return self.file is not None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction in which all statements see the store as it was at its beginning."""
        with self.errors():
            engine = self._engine
            if not self.sqlite:
                engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that has the store to itself: no other writes until it ends."""
        with self.errors(), self._writer.begin() as connection:
            if not self.sqlite:  # SQLite's own lock was taken when the transaction began
                connection.execute(select(func.pg_advisory_xact_lock(_number(connection, "write"))))
            yield connection

    @contextmanager
    def lock(self, wait: float) -> Iterator[None]:
        """Be the one job on this store. The operating system, or the server, ends it with the process."""
        with self._file_lock(wait) if self.file is not None else self._server_lock(wait):
            yield

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the database says into what a user can act upon.

        What a single value causes passes as it is: it is no fault of the store.
        """
        try:
            yield
        except (IntegrityError, DataError):
            raise
        except DBAPIError as error:
            raise explained(error, self.name, self._secret) from error

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """The driver's own connection."""
        with self.errors():
            connection = self._engine.raw_connection()
            try:
                yield connection.driver_connection
            finally:
                connection.close()

    def _open(self, create: bool) -> None:
        with self.reading() as connection:
            found = self._revision(connection, create)
        if found != REVISION:
            self._migrate(create)
        if self.sqlite:
            with self.raw() as connection, suppress(sqlite3.Error):  # a file that can only be read stays as it is
                connection.execute("PRAGMA journal_mode = WAL")  # readers and the job do not wait for each other

    def _migrate(self, create: bool) -> None:
        from .migrations import revisions, upgrade  # here: few stores need it, and alembic takes its time

        with self.writing() as connection:
            found = self._revision(connection, create)  # again: another process may have come first
            if found is not None and found not in revisions():
                raise StoreError(f"{self.name}: made by a newer version of segmenter; its tables are of revision "
                                 f"{found}, this version knows {REVISION} (install the newer one)")  # fmt: skip
            if found is None and not self.sqlite:
                encoding = connection.execute(select(func.current_setting("server_encoding"))).scalar_one()
                if encoding != "UTF8":
                    raise StoreError(f"{self.name}: the database is in {encoding}, which cannot hold every text (make "
                                     "one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0)")  # fmt: skip
            if found != REVISION:
                upgrade(connection)

    def _revision(self, connection: Connection, create: bool) -> str | None:
        """The revision of the tables; None where there are none and they may be made."""
        tables = inspect(connection).get_table_names()
        if VERSION_TABLE in tables:
            return connection.execute(select(version.c.version_num)).scalar_one_or_none()
        if tables:
            some = ", ".join(sorted(tables)[:5])
            more = "a database" if self.sqlite else "a database, or a schema (?options=-csearch_path%3DNAME),"
            raise StoreError(f"{self.name}: the database of another program: it holds tables ({some}), but no store "
                             f"(name {more} of its own)")  # fmt: skip
        if not create:
            raise StoreMissing(f"{self.name}: there is no store in this database (check the address; `segmenter "
                               "cluster` makes one)")  # fmt: skip
        return None

    @contextmanager
    def _file_lock(self, wait: float) -> Iterator[None]:
        from filelock import FileLock, Timeout

        assert self.file is not None
        path = self.file.resolve()  # whatever link it was named by
        lock = FileLock(path.with_name(path.name + ".lock"))
        try:
            lock.acquire(timeout=max(wait, 0), poll_interval=0.05)
        except Timeout:
            raise self._busy() from None
        except OSError as error:
            raise StoreError(f"{lock.lock_file}: the lock of the store cannot be made, {error.strerror or error} "
                             "(a job needs to write in the directory of its store)") from error  # fmt: skip
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _server_lock(self, wait: float) -> Iterator[None]:
        # Outside of transactions, or else the connection would hold one open as long as the job runs.
        with self.errors():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with self.errors():
                number = _number(connection, "job")
                until = time.monotonic() + wait
                while not connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one():
                    if time.monotonic() >= until:
                        raise self._busy()
                    time.sleep(min(0.2, max(until - time.monotonic(), 0.01)))
            try:
                yield
            finally:
                with suppress(DBAPIError):  # it went with the connection, then
                    connection.execute(select(func.pg_advisory_unlock(number)))
        finally:
            with suppress(DBAPIError):
                connection.invalidate()  # never back to the pool: should unlocking have failed, this ends it
                connection.close()

    def _busy(self) -> StoreBusy:
        return StoreBusy(f"{self.name}: another job is working on this store (let it end, or wait for it)")


def _check_file(path: Path, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path}: it is a directory (name a file in it)")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: its directory does not exist (make it first, or choose another)")
    if not create and not path.exists():  # SQLite would make an empty file
        raise StoreMissing(f"{path}: there is no such store (check the path; `segmenter cluster` makes one)")


def _engine(address: URL, name: str) -> Engine:
    arguments: dict[str, Any] = {}
    if address.get_backend_name() == "sqlite":
        arguments["timeout"] = _BUSY_SECONDS
    elif "connect_timeout" not in address.query:
        arguments["connect_timeout"] = _SILENT_SECONDS
    try:
        engine = create_engine(address, connect_args=arguments, hide_parameters=True,
                               pool_pre_ping=address.get_backend_name() != "sqlite")  # fmt: skip
    except ImportError as error:
        raise StoreError(f"{name}: PostgreSQL needs the package psycopg, which is not installed "
                         "(pip install 'segmenter[postgres]')") from error  # fmt: skip
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # or else the driver begins transactions where it sees fit, and not for tables
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # what is committed outlives a power cut too


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes could find that another wrote in between, and fail.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _set_up_postgresql(connection: Any, _: Any) -> None:
    before, connection.autocommit = connection.autocommit, True
    connection.execute("SET TIME ZONE 'UTC'")  # in another, dates at the ends of the calendar fall out of it
    connection.execute(f"SET lock_timeout = {int(_BUSY_SECONDS * 1000)}")
    connection.autocommit = before


def _number(connection: Connection, purpose: str) -> int:
    """A number for a lock: locks of PostgreSQL hold for a whole database, which may have a store in each schema."""
    schema = connection.execute(select(func.current_schema())).scalar_one()
    digest = hashlib.sha256(f"segmenter {purpose} {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
