"""Opening a store: addresses, older and newer stores, other programs' databases, the lock, and trouble."""

from __future__ import annotations

import os
import socket
import sys
import time

import pytest
import sqlalchemy as sa
from stores import BEGIN, SERVER, content, dump, end, file, fresh_url, program

from segmenter.errors import SegmenterError
from segmenter.tracking import Store, StoreBusy, StoreError
from segmenter.tracking.address import parse, shown
from segmenter.tracking.schema import REVISION, VERSION_TABLE, metadata, version

# --- addresses -------------------------------------------------------------------------------------------------------


def test_a_path_is_an_sqlite_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for given in ("a%20b ?.db", tmp_path / "c.db", "sqlite:///d.db", str(tmp_path / "ü 100%.db")):
        with Store(given) as store:
            file(store, 0, "t")
        with Store(given, create=False) as store:
            assert store.resolve("t") == "t"
    assert {name.name for name in tmp_path.glob("*.db")} == {"a%20b ?.db", "c.db", "d.db", "ü 100%.db"}


@pytest.mark.parametrize(("address", "said"), [
    ("", "has an address"), ("sqlite://", "in memory"), ("sqlite:///:memory:", "in memory"),
    ("mysql://u@h/d", "SQLite or PostgreSQL"), ("postgresql+psycopg2://u@h/d", "write postgresql://"),
    ("postgresql://u:secret@x@h/d", "more than one @"),
    ("://", "cannot be read"), ("postgresql://u:secret@h:port/d", "cannot be read"),
])  # fmt: skip
def test_addresses_that_are_none_are_refused(address, said):
    with pytest.raises(StoreError, match=said) as caught:
        Store(address)
    assert "secret" not in str(caught.value)


def test_names_hide_what_may_be_secret():
    address = parse("postgres://me:secret@h:5432/d?sslmode=require&sslpassword=secret")
    assert address.drivername == "postgresql+psycopg"
    assert shown(address) == "postgresql://me:***@h:5432/d"


def test_no_server_is_said_without_the_password():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(StoreError, match=r"the server does not answer.*check the address") as caught:
            Store(f"postgresql://me:secret@127.0.0.1:{port}/d")
    assert "secret" not in str(caught.value) and f"me:***@127.0.0.1:{port}/d" in str(caught.value)


def test_a_missing_driver_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'segmenter\[postgres\]'"):
        Store("postgresql://h/d")


# --- what is there ---------------------------------------------------------------------------------------------------


def test_files_that_are_no_store_are_refused(tmp_path):
    (tmp_path / "text.db").write_text("This is a text, and not a database. " * 99)
    (tmp_path / "empty.db").touch()
    for name, said in (("text.db", "no SQLite database"), ("", "directory"), ("no/s.db", "directory does not exist")):
        with pytest.raises(StoreError, match=said):
            Store(tmp_path / name)
    for name, said in (("none.db", "no such store"), ("empty.db", "no store in this database")):
        with pytest.raises(StoreError, match=said):
            Store(tmp_path / name, create=False)
    assert not (tmp_path / "none.db").exists() and (tmp_path / "empty.db").stat().st_size == 0
    assert (tmp_path / "text.db").read_text().startswith("This is a text")
    Store(tmp_path / "empty.db").close()


def test_there_is_no_store_in_an_empty_database(store_url, tmp_path):
    with pytest.raises(StoreError, match=r"no such store|no store in this database"):
        Store(store_url, create=False)


@pytest.mark.parametrize("table", ["customers", "dumps", "alembic_version"])
@pytest.mark.parametrize("create", [True, False])
def test_another_program_s_database_is_left_alone(store_url, table, create):
    engine = sa.create_engine(parse(store_url))
    sa.Table(table, sa.MetaData(), sa.Column("x", sa.Integer)).create(engine)
    with pytest.raises(StoreError, match=f"another program: it holds tables .{table}"):
        Store(store_url, create=create)
    assert sa.inspect(engine).get_table_names() == [table]
    engine.dispose()


def test_a_newer_store_is_refused(store):
    with store._database.writing() as connection:
        connection.execute(version.update().values(version_num="9999"))
    with pytest.raises(StoreError, match=r"newer version of segmenter.*9999.*install"):
        Store(os.fspath(store._database.file) if store._database.sqlite else store._database._engine.url)


def test_migrations_make_the_tables_of_the_schema(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from segmenter.tracking import migrations

    assert ScriptDirectory.from_config(migrations._config()).get_heads() == [REVISION]
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = sa.inspect(connection)
        for table in metadata.sorted_tables:  # names as well, which autogenerate passes over
            assert found.get_pk_constraint(table.name)["name"] == table.primary_key.name
            assert {one["name"] for one in found.get_indexes(table.name) if not one.get("duplicates_constraint")} == {
                one.name for one in table.indexes}  # fmt: skip
            made = {one["name"] for get in (found.get_check_constraints, found.get_unique_constraints,
                                            found.get_foreign_keys) for one in get(table.name)}  # fmt: skip
            assert made == {one.name for one in table.constraints} - {table.primary_key.name}


def test_an_interrupted_migration_leaves_nothing(store_url, monkeypatch):
    from segmenter.tracking import migrations

    real = migrations.upgrade

    def broken(connection):
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "upgrade", broken)
    with pytest.raises(KeyboardInterrupt):
        Store(store_url)
    engine = sa.create_engine(parse(store_url))
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    monkeypatch.undo()
    with Store(store_url) as store:
        assert store.check() == []


def test_a_store_is_opened_without_what_it_does_not_need(store_url):
    Store(store_url).close()
    source = """
import sys, segmenter, segmenter.tracking
heavy = {"sqlalchemy", "alembic", "pandas", "filelock", "torch"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
with segmenter.tracking.Store(sys.argv[1]) as store:
    assert store.stage([]) == (0, 0) and list(store.iter_stories()) == []
assert heavy & set(sys.modules) == {"sqlalchemy"}, heavy & set(sys.modules)
"""
    end(program(source, store_url))


# --- the lock --------------------------------------------------------------------------------------------------------

_HOLDING = """
import sys, time
from segmenter.tracking import Store
with Store(sys.argv[1]) as store, store.lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_job_at_a_time(store, store_url):
    with store.lock(), Store(store_url) as other:
        begun = time.monotonic()
        with pytest.raises(StoreBusy, match="another job is working on this store"), other.lock(0.3):
            pass
        assert 0.25 < time.monotonic() - begun < 5
        file(other, 0, "t")  # the lock is the job's; writing needs none
    with store.lock(), pytest.raises(RuntimeError):
        raise RuntimeError
    with store.lock():
        pass


def test_the_lock_of_a_killed_job_is_free(store, store_url):
    process = program(_HOLDING, store_url)
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(StoreBusy), store.lock():
        pass
    process.kill()
    process.communicate()
    with store.lock(20):
        pass


def test_a_job_waits_for_the_other(store, store_url):
    process = program(_HOLDING.replace("60", "1"), store_url)
    assert process.stdout.readline() == b"held\n"
    with store.lock(30):
        pass
    end(process)


def test_a_link_has_the_lock_of_its_store(tmp_path):
    with Store(tmp_path / "a.db") as store:
        (tmp_path / "b.db").symlink_to(tmp_path / "a.db")
        with Store(tmp_path / "b.db") as link, store.lock(), pytest.raises(StoreBusy), link.lock():
            pass


@pytest.mark.skipif(not SERVER, reason="two schemas of one PostgreSQL server")
def test_stores_in_one_database_do_not_wait_for_each_other(tmp_path):
    with (fresh_url("postgresql", tmp_path) as one, fresh_url("postgresql", tmp_path) as two,
          Store(one) as a, Store(two) as b, a.lock(), b.lock()):  # fmt: skip
        file(a, 0, "t")
        file(b, 0, "t")


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing_that_was_filed(tmp_path):
    with Store(tmp_path / "s.db") as store:
        store.stage(dump(n) for n in range(50))
        with store._database.raw() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        filed = 0
        with pytest.raises(StoreError, match=r"the disk is full.*make room and run again"):
            for n in range(50):
                file(store, n, f"t{n}", stories=[{"embedding": b"x" * 2000}])
                filed += 1
        assert 0 < filed < 50 and len(store.stories()) == filed and store.pending_count() == 50 - filed
        assert store.check() == []
    with Store(tmp_path / "s.db") as store:
        file(store, filed, "t", stories=[{"embedding": b"x" * 2000}])
        assert store.check() == []


def test_writing_waits_for_others_and_then_says_so(store_url, monkeypatch):
    monkeypatch.setattr("segmenter.tracking.database._BUSY_SECONDS", 0.3)
    with Store(store_url) as store, Store(store_url) as other:
        file(store, 0, "t")
        with other._database.writing():
            assert len(store.stories()) == 1  # reading does not wait
            with pytest.raises(StoreBusy, match="another process is writing"):
                file(store, 1, "t")
        file(store, 1, "t")


def test_a_lost_connection_is_told_and_made_again(tmp_path):
    with fresh_url("postgresql", tmp_path) as url, Store(url) as store:
        with pytest.raises(StoreError, match=r"run again|does not answer"), store._database.writing() as connection:
            connection.execute(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))
        file(store, 0, "t")
        assert content(store)["threads"][0]["first"] == BEGIN


def test_errors_are_of_one_family():
    assert issubclass(StoreBusy, StoreError) and issubclass(StoreError, SegmenterError)


def test_the_window_is_read_by_index(tmp_path):
    with Store(tmp_path / "s.db") as store:
        asked: list[str] = []
        sa.event.listen(store._database._engine, "before_cursor_execute",
                        lambda connection, cursor, statement, *rest: asked.append(statement))  # fmt: skip
        file(store, 0, "t")
        asked.clear()
        list(store.live(BEGIN, BEGIN))
        plans = []
        with store._database.reading() as connection:
            for statement in [one for one in asked if one.startswith("SELECT")]:
                values = tuple("" for _ in range(statement.count("?")))
                plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plans == ["SEARCH stories USING COVERING INDEX ix_stories_date (date>? AND date<?)",
                     "SEARCH stories USING INTEGER PRIMARY KEY (rowid=?)"]  # fmt: skip
