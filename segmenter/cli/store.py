"""``segmenter store``: upkeep of a store, and corrections of its threads."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..io import json_line, one_line, open_output
from .common import (
    OK,
    READING_EXIT_CODES,
    SOME_FAILED,
    STORE_NOTES,
    Commands,
    SegmenterFactory,
    add_command,
    add_store,
)

if TYPE_CHECKING:
    from ..tracking.store import Store

_NOTES = f"""\
`segmenter store WHAT --help` says more.

{STORE_NOTES}
examples:
  segmenter store check --store /var/lib/news.db
  segmenter store backup news-backup.db --store postgresql://news@db/news
  segmenter store merge 2024-03-01-abcdefghij 2024-03-02-klmnopqrst --reason "the same trial"
  segmenter store failures --format jsonl

{READING_EXIT_CODES}"""

_CHECK = """\
Looks for damage of the file, and for anything that does not fit together: stories without a dump or a thread, threads
whose counts are wrong, merges that lead nowhere. Each finding is a line on standard output.

exit status:
  0 all is well; 1 something is wrong; 2 the store cannot be opened
"""

_BACKUP = """\
Copies the store as it is at one moment into a new SQLite file, while jobs go on: itself a store, whatever the database.
To restore, stop the jobs and put the copy in place of an SQLite store. A file that is there already is left alone.
"""

_MERGE = """\
The stories of OTHER go to KEEP, and the id OTHER means KEEP from then on. It is recorded (`segmenter store operations`)
with the stories that were moved: `segmenter store split` undoes it. A job that runs meanwhile follows it.
"""

_SPLIT = """\
Moves stories to a thread of their own, and prints its id. The keys of stories are in `segmenter threads --format jsonl
--thread ID`. It is recorded. A job that runs meanwhile may go on adding to THREAD; the next one sees the split.
"""

Act = Callable[["Store", argparse.Namespace], int]


def add_store_command(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "store", _nothing, "Check, copy and correct a store.", _NOTES)
    acts = parser.add_subparsers(metavar="WHAT", required=True)
    _add(acts, "check", _check, "Say what is wrong with the store.", _CHECK)
    backup = _add(acts, "backup", _backup, "Copy the store into a new SQLite file.", _BACKUP)
    backup.add_argument("path", metavar="PATH", help="file to make")
    merge = _add(acts, "merge", _merge, "Merge two threads that are one story.", _MERGE)
    merge.add_argument("keep", metavar="KEEP", help="id of the thread that stays")
    merge.add_argument("other", metavar="OTHER", help="id of the thread whose stories go there")
    split = _add(acts, "split", _split, "Move stories of a thread to a new one.", _SPLIT)
    split.add_argument("thread", metavar="THREAD", help="id of the thread")
    split.add_argument("keys", nargs="+", metavar="STORY_KEY", help="keys of the stories that go")
    for act in (merge, split):
        act.add_argument("--reason", default="", metavar="TEXT", help="kept with the operation")
    operations = _add(acts, "operations", _operations, "List merges and splits, the oldest first.",
                      "Those of the job have its reason.\n")  # fmt: skip
    failures = _add(acts, "failures", _failures, "List inputs and dumps that failed, the oldest first.",
                    "Dumps, those with an id, are tried again by `segmenter cluster --retry`.\n")  # fmt: skip
    for act in (operations, failures):
        act.add_argument("-f", "--format", choices=("text", "jsonl"), default="text",
                         help="of the output (default: text, for people)")  # fmt: skip


def _add(acts: Commands, name: str, act: Act, help: str, notes: str) -> argparse.ArgumentParser:
    def run(args: argparse.Namespace, factory: SegmenterFactory) -> int:
        from ..tracking.store import Store

        with Store(args.store, create=False) as store:
            return act(store, args)

    parser = add_command(acts, name, run, help, notes)
    add_store(parser)
    return parser


def _nothing(args: argparse.Namespace, factory: SegmenterFactory) -> int:
    raise AssertionError("argparse asks for one of the commands")


def _check(store: Store, args: argparse.Namespace) -> int:
    problems = store.check()
    _write(problems or [f"{store.name}: all is well"])
    return SOME_FAILED if problems else OK


def _backup(store: Store, args: argparse.Namespace) -> int:
    store.backup(args.path)
    return OK


def _merge(store: Store, args: argparse.Namespace) -> int:
    _write([store.merge(args.keep, args.other, reason=args.reason)])
    return OK


def _split(store: Store, args: argparse.Namespace) -> int:
    _write([store.split(args.thread, args.keys, reason=args.reason)])
    return OK


def _operations(store: Store, args: argparse.Namespace) -> int:
    def line(row: Mapping[str, Any]) -> str:
        what = row["payload"]
        source, target = ("other", "keep") if row["kind"] == "merge" else ("thread", "new")
        count = len(what["stories"])
        done = f"{row['kind']} {what[source]} into {what[target]}, {count} {'story' if count == 1 else 'stories'}"
        return f"{row['number']}  {row['at']:%Y-%m-%d %H:%M}  {done}" + (f": {row['reason']}" if row["reason"] else "")

    return _list(store.operations().to_dict("records"), args, line)


def _failures(store: Store, args: argparse.Namespace) -> int:
    def line(row: Mapping[str, Any]) -> str:
        place = ", ".join(filter(None, (row["source"], row["place"])))
        remedy = f" ({row['remedy']})" if row["remedy"] else ""
        return f"{row['at']:%Y-%m-%d %H:%M}  {place}: {row['reason']}{remedy}"

    return _list(store.failures().to_dict("records"), args, line)


def _list(rows: Iterable[dict[Any, Any]], args: argparse.Namespace, line: Callable[[Mapping[str, Any]], str]) -> int:
    import pandas as pd

    plain = [{name: None if value is pd.NA else value for name, value in row.items()} for row in rows]
    with open_output() as stream:
        for row in plain:
            stream.write(json_line(row) if args.format == "jsonl" else f"{one_line(line(row))}\n".encode())
    return OK


def _write(lines: Iterable[str]) -> None:
    with open_output() as stream:  # not print: that writes in the encoding of the locale
        for line in lines:
            stream.write(f"{one_line(line)}\n".encode("utf-8", "backslashreplace"))
