"""``segmenter threads``: what the job found."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..io import json_line, open_output
from .common import (
    OK,
    READING_EXIT_CODES,
    STORE_NOTES,
    Commands,
    SegmenterFactory,
    add_command,
    add_store,
    moment,
    whole,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..tracking.store import Store

_FORMATS = ("text", "jsonl", "html")
_FORMAT_OF_ENDING = {".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html"}
_FIRST = ("id", "story", "length", "thread", "title", "topic", "date")
_WIDTH = 120

_THREADS_NOTES = f"""\
formats:
  text     a table of threads for people, that with the newest story first
  html     one page that needs nothing else, to open in a browser: threads, their stories, and a search
  jsonl    one object a story, in the order in which they were filed:
             {{"id": dump, "story": its number there, "length": characters, "thread", "title", "topic", "date"}}
           and "key" (for `segmenter store split`), "outlet", "language", "topic_name", "key_phrases", "copy_of", ...
  Without --format the ending of the output decides (.txt .jsonl .html); otherwise it is text.

which:
  --since and --until take a date (2024-03-01, 2024-03-01T12:00:00+03:00), or how long ago (24h, 7d, 2w). In text and
  html they choose threads with a story since, and threads that began until then, each with all of its stories; in jsonl
  stories by their own date.
  A thread that was merged into another is shown as that one, and --thread finds it by its old id too.

{STORE_NOTES}
examples:
  segmenter threads --since 24h
  segmenter threads --store /var/lib/news.db --since 7d --least 3 -o week.html
  segmenter threads --topic medtop:15000000 --limit 20
  segmenter threads --format jsonl | jq -r .thread | sort | uniq -c

{READING_EXIT_CODES}"""


def add_threads(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "threads", _threads, "Show the threads of a store.", _THREADS_NOTES)
    add_store(parser)
    parser.add_argument("--since", type=moment, metavar="T", help="only what is so new")
    parser.add_argument("--until", type=moment, metavar="T", help="only what is so old")
    parser.add_argument("--thread", metavar="ID", help="this thread alone")
    parser.add_argument("--topic", metavar="TOPIC", help="only threads of this topic, by its id or name")
    parser.add_argument("--least", type=whole(1), default=1, metavar="N", help="only threads of N stories or more")
    parser.add_argument("--limit", type=whole(1), metavar="N",
                        help="text: show N threads at most (default: all); html: N stories at most (default: 20000)")
    parser.add_argument("-f", "--format", choices=_FORMATS, help="of the output (default: see below)")
    parser.add_argument("-o", "--output", metavar="OUT", help="file to write (default: standard output)")


def _threads(args: argparse.Namespace, factory: SegmenterFactory) -> int:
    from ..tracking.store import Store

    ending = os.path.splitext(args.output or "")[1].lower()
    format = args.format or _FORMAT_OF_ENDING.get(ending, "text")
    if args.format is None and ending in (".csv", ".parquet"):
        args.fail(f"-o {args.output}: threads are not written as {ending} (name a file that ends in .jsonl or .html; "
                  "in Python Store.threads() gives a DataFrame)")  # fmt: skip
    if format == "jsonl" and args.limit is not None:
        args.fail("--limit is for text and html: jsonl is for programs, which are given all (or --since)")
    if args.since is not None and args.until is not None and args.since > args.until:
        args.fail(f"--since {args.since.isoformat()} is later than --until {args.until.isoformat()}")
    with Store(args.store, create=False) as store:
        if args.thread is not None:
            args.thread = store.resolve(args.thread)  # before any output: there may be no such thread
        pieces = {"text": _text, "jsonl": _jsonl, "html": _html}[format](store, args)
        with open_output(args.output) as stream:
            for piece in pieces:
                stream.write(piece)
    return OK


def _text(store: Store, args: argparse.Namespace) -> Iterator[bytes]:
    from ..display.threads_text import threads_text

    frame = _frame(store, args)
    shown = frame if args.limit is None else frame.head(args.limit)
    width = _WIDTH
    if args.output in (None, "-") and sys.stdout is not None and sys.stdout.isatty():
        width = shutil.get_terminal_size((_WIDTH, 24)).columns
    for line in threads_text(shown, width=width):
        yield line.encode("utf-8", "backslashreplace")
    if len(shown) < len(frame):
        yield f"... and {len(frame) - len(shown):,} more (--limit)\n".encode()


def _html(store: Store, args: argparse.Namespace) -> Iterator[bytes]:
    from ..display.threads import MAX_STORIES, threads_html

    frame = _frame(store, args)
    # A thread is shown whole, though the archive is not read beyond its ends.
    stories: Iterable[Mapping[str, Any]] = ()
    if len(frame):
        first, last = frame["first"].min().to_pydatetime(), frame["last"].max().to_pydatetime()
        stories = store.iter_stories(thread=args.thread, since=first, until=last, text=True)
    for piece in threads_html(frame, stories, limit=args.limit or MAX_STORIES):
        yield piece.encode("utf-8", "backslashreplace")


def _jsonl(store: Store, args: argparse.Namespace) -> Iterator[bytes]:
    only = None
    if args.topic is not None or args.least > 1:
        only = set(_frame(store, args)["id"])
    for row in store.iter_stories(thread=args.thread, since=args.since, until=args.until):
        if only is None or row["thread"] in only:
            yield json_line({name: row[name] for name in _FIRST} | row)


def _frame(store: Store, args: argparse.Namespace) -> pd.DataFrame:
    return store.threads(since=args.since, until=args.until, thread=args.thread, topic=args.topic, least=args.least)
