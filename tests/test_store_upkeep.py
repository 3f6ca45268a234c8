"""Checking a store, and copies of it."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update
from stores import BEGIN, content, dump, file, tamper

from segmenter.errors import InputError
from segmenter.tracking import Store, StoreError
from segmenter.tracking.schema import dumps, inbox, stories, threads


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with something of everything."""
    keys = file(store, 0, "a", "b", "c", text="nul \0 and \x10", meta={"k": ["\0", 1.5, None]})
    file(store, 1, "a", "d")
    store.merge("b", "a", reason="\0")
    store.merge("c", "b")
    store.split("a", keys[:1])
    store.stage([dump(7), dump(8)])
    store.fail(dump(8), "bad", "1")
    store.record_failure(InputError("x.txt", "", "gone"))
    store.finish_run(store.start_run("1"), {"new": 2}, "done")
    store.start_run("1")
    return store


def test_a_good_store_has_no_problems(store, filled):
    assert filled.check() == []


KEY = f"{dump(1).key}:0"
FAILED = update(dumps).where(dumps.c.key == dump(1).key).values(status="failed")


@pytest.mark.parametrize(("statement", "place", "said"), [
    (delete(dumps).where(dumps.c.key == dump(1).key), f"story {KEY}", "its dump is not filed"),
    (FAILED, f"story {KEY}", "its dump is not filed"),
    (FAILED, f"dump {dump(1).key}", "its text was not kept"),
    (update(stories).where(stories.c.key == KEY).values(thread="zz"), f"story {KEY}", "its thread is not in the store"),
    (update(stories).where(stories.c.key == KEY).values(thread="b"), f"story {KEY}", "was merged into another"),
    (update(stories).where(stories.c.key == KEY).values(key="zz"), "story zz", "its key is not that of"),
    (update(stories).where(stories.c.key == KEY).values(copy_of="zz"), f"story {KEY}", "a copy of"),
    (update(stories).where(stories.c.key == KEY).values(embedding=b"x"), f"story {KEY}", "embedding"),
    (update(threads).where(threads.c.id == "d").values(stories=2), "thread d", "number of stories"),
    (update(threads).where(threads.c.id == "d").values(last=BEGIN + timedelta(days=9)), "thread d", "dates"),
    (insert(threads).values(id="e", first=BEGIN, last=BEGIN, stories=0), "thread e", "no stories"),
    (update(threads).where(threads.c.id == "a").values(merged_into="a"), "thread a", "does not resolve"),
    (update(threads).where(threads.c.id == "a").values(merged_into="zz"), "thread a", "does not resolve"),
    (insert(inbox).values(key=dump(1).key, id="", text="", date=BEGIN, meta={}, source="", place=""),
     f"dump {dump(1).key}", "in the inbox"),
])  # fmt: skip
def test_damage_is_named_with_its_place_and_a_remedy(store, filled, statement, place, said):
    tamper(filled, statement)
    found = [problem for problem in filled.check() if said in problem]
    assert len(found) == 1 and place in found[0]
    assert found[0].startswith(filled.name) and found[0].endswith("(restore a backup)")


def test_long_lists_of_damage_are_cut(store):
    for n in range(9):
        file(store, n, f"t{n}")
    tamper(store, update(threads).values(stories=7))
    [problem] = store.check()
    assert "t0, t1, t2, t3, t4, ...: its number" in problem


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "stories.db"
    with Store(path) as store:
        file(store, 0, *(f"t{n}" for n in range(200)))
    size = path.stat().st_size
    with open(path, "r+b") as stream:
        stream.seek(size // 2)
        stream.write(b"\xff" * (size // 2))
    with Store(path) as store:
        problems = store.check()
        assert problems and all(problem.startswith(str(path)) and "restore" in problem for problem in problems)
        with pytest.raises(StoreError, match=r"damaged.*restore a backup"):
            list(store.iter_stories(text=True))


# --- backup ----------------------------------------------------------------------------------------------------------


def test_a_backup_is_a_store_with_all_that_was_there(store, filled, tmp_path):
    path = tmp_path / "kept" / "backup.db"
    path.parent.mkdir()
    filled.backup(path)
    assert [one.name for one in path.parent.iterdir()] == ["backup.db"]  # nothing beside it
    with Store(path, create=False) as copy:
        assert content(copy) == content(filled) and copy.check() == []
        assert list(copy.pending()) == list(filled.pending())
        file(copy, 50, "new")
        assert copy.merge("new", "d") == "new"
    assert filled.check() == []


def test_a_backup_never_replaces_a_file(store, filled, tmp_path):
    for name in ("b.db", "c.db-wal"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(StoreError, match="such a file already"):
            filled.backup(tmp_path / name.removesuffix("-wal"))
        assert (tmp_path / name).read_text() == "mine"
    with pytest.raises(StoreError, match="its directory does not exist"):
        filled.backup(tmp_path / "no" / "b.db")


def test_a_backup_that_fails_leaves_nothing(store, filled, tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("segmenter.tracking.upkeep.os.fsync", full)
    with pytest.raises(StoreError, match=r"b\.db: the backup cannot be written, No space left"):
        filled.backup(folder / "b.db")
    assert list(folder.iterdir()) == []


def test_a_backup_is_of_one_moment(store, tmp_path):
    stop = threading.Event()

    def work() -> None:
        n = 0
        while not stop.is_set():
            file(store, n, f"t{n}", "common")
            n += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(5):
            store.backup(tmp_path / f"{n}.db")
    finally:
        stop.set()
        worker.join()
    sizes = []
    for n in range(5):
        with Store(tmp_path / f"{n}.db") as copy:
            assert copy.check() == []
            sizes.append(len(copy.stories()))
    assert sizes == sorted(sizes) and store.check() == []


def test_a_backup_can_be_read_where_nothing_can_be_written(store, filled, tmp_path):
    filled.backup(tmp_path / "b.db")
    assert sqlite3.connect(tmp_path / "b.db").execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with Store(f"sqlite:///file:{tmp_path / 'b.db'}?mode=ro&uri=true", create=False) as copy:
        assert content(copy) == content(filled)
        with pytest.raises(StoreError, match="cannot be written to"):
            file(copy, 99, "t")
