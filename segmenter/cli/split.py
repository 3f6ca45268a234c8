"""``segmenter split``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import closing, suppress

from ..batches import split_tasks
from ..corpus.answers import task_of, write_answer
from ..errors import InputError
from ..io import FORMATS, Dump, Meter, in_directory, open_writer
from ..tasks import Splitter, Task
from .common import (
    EXIT_CODES,
    OK,
    SOME_FAILED,
    Commands,
    SegmenterFactory,
    add_command,
    add_jobs,
    add_model_options,
    add_progress,
    add_reading,
    add_topic_options,
    dumps_of,
    make_segmenter,
    topic_options,
    whole,
)
from .parts import PARTS_NOTES, add_parts, is_folder, split_parts
from .terminal import Progress

_FORMAT_OF_ENDING = {".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet",
                     ".html": "html", ".htm": "html"}  # fmt: skip

_SPLIT_NOTES = f"""\
inputs:
  .txt                one dump a file; so is a file with any other ending
  .jsonl, .ndjson     one dump a line: {{"text": "...", "id": "...", "date": "..."}}
  .csv, .parquet      one dump a row, with a column text
  .warc, .wet         web archives (Common Crawl): one dump a page of plain text, with its address as id and the date;
                      other records (HTML, ...) are left out, and counted on standard error
  .gz, .zst           the same compressed (.jsonl.gz, .warc.wet.gz, ...; not Parquet), unpacked while it is read
  a directory         its files of these endings, by name, without directories below it
  -                   standard input, one dump, or an archive if it begins as one; compressed or not
                      (the default when something is piped in)
  Only the text is needed. id and date are used where they are, all other columns are carried through to the output.
  Files are UTF-8 unless they begin with the byte order mark of UTF-16 or UTF-32, or --encoding names something else.
  Offsets count code points of the text as it is: line ends, and a U+FEFF at the start of a UTF-8 text, included.

formats:
  text      for people: stories with title and topic, and what belongs to no story marked; nothing is left out
  jsonl     one object a dump, in input order, with stories, segments and boundaries
  csv       one row a segment, with its text and the carried columns (a column that has the name of one of ours
  parquet   becomes input_NAME); numbers keep their types in parquet
  html      one page that needs nothing else, to open in a browser
            text from strangers is safe to open in a spreadsheet with --no-formulas only, which is not lossless
  Without --format the ending of the output decides (.txt .jsonl .csv .parquet .html); otherwise it is text.
  csv, parquet and html are written at the end; text and jsonl as they come. A file appears whole or not at all.

{PARTS_NOTES}
examples:
  segmenter split dump.txt
  segmenter split dumps/ -o stories.jsonl
  segmenter split articles.csv --text-column body -o segments.parquet
  segmenter split dumps/ --topics desks.csv -o stories.jsonl
  segmenter split corpus/ --jobs 0 -o out/
  curl -s https://example.org/page.txt | segmenter split --format jsonl

{EXIT_CODES}"""


class _AllFailed(Exception):
    """Not one dump could be read."""


def add_split(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "split", _split, "Split dumps into stories.", _SPLIT_NOTES)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file or directory; - is standard input")
    parser.add_argument("-f", "--format", choices=list(FORMATS), help="of the output (default: see below)")
    parser.add_argument("-o", "--output", metavar="OUT", help="file to write (default: standard output)")
    parser.add_argument("--no-formulas", action="store_true",
                        help="csv: put ' before texts that a spreadsheet would take for formulas "
                             "(default: texts stay as they are)")  # fmt: skip
    add_reading(parser)
    add_model_options(parser)
    parser.add_argument(
        "--n-stories",
        type=whole(1),
        metavar="N",
        help="split every dump into N stories (fewer where it has not so many lines)",
    )
    add_topic_options(parser)
    add_jobs(parser)
    add_parts(parser)
    add_progress(parser)


def _split(args: argparse.Namespace, factory: SegmenterFactory) -> int:
    paths = args.paths or ["-"]
    if not args.paths and (sys.stdin is None or sys.stdin.isatty()):
        args.fail("nothing to split: name a file or a directory, or pipe a text into it")
    if is_folder(args):
        return split_parts(args, factory, paths)
    if args.output is not None and args.output.lower().endswith((".gz", ".zst")):
        args.fail(f"{args.output}: output is not compressed (take the ending off, and pipe it through gzip or zstd)")
    format = args.format or _FORMAT_OF_ENDING.get(os.path.splitext(args.output or "")[1].lower(), "text")
    _refuse_overwriting_input(args, paths)
    on_screen = args.output in (None, "-") and sys.stdout is not None and sys.stdout.isatty()
    progress = Progress(args.progress, quiet=on_screen)
    meter = Meter() if progress.shown else None
    dumps = dumps_of(args, paths, progress.say, meter)
    segmenter = make_segmenter(args, factory, n_stories=args.n_stories, **topic_options(args))
    try:
        return _write_all(dumps, segmenter, args, format, progress, meter)
    except _AllFailed:
        return SOME_FAILED


def _write_all(dumps: Iterable[Dump | InputError], segmenter: Splitter, args: argparse.Namespace, format: str,
               progress: Progress, meter: Meter | None) -> int:  # fmt: skip
    failed = 0
    # Reading is ahead of splitting, so each dump takes along how far it was.
    tasks = (((dump, meter.read() if meter is not None else 0), _task(dump)) for dump in dumps)
    with progress, open_writer(format, args.output, no_formulas=args.no_formulas) as writer, \
            closing(split_tasks(tasks, segmenter, args.jobs)) as answers:  # fmt: skip
        for (dump, read), answer in answers:
            error = dump if isinstance(dump, InputError) else write_answer(dump, answer, writer)
            if error is not None:
                failed += 1
                progress.say(str(error))
            if meter is not None:
                progress.at(read, meter.total)
            progress.step()
        if failed and failed == progress.done:
            raise _AllFailed  # leaves what stood at the output, rather than an empty file in its place
    return SOME_FAILED if failed else OK


def _task(dump: Dump | InputError) -> Task | None:
    return None if isinstance(dump, InputError) else task_of(dump)


def _refuse_overwriting_input(args: argparse.Namespace, paths: list[str]) -> None:
    if args.output in (None, "-") or not os.path.isfile(args.output):
        return
    refused = [os.stat(args.output)]
    if in_directory(os.path.basename(args.output)):
        refused.append(os.stat(os.path.dirname(os.path.abspath(args.output))))
    for path in paths:
        with suppress(OSError, ValueError):
            read = os.fstat(sys.stdin.fileno()) if path == "-" else os.stat(path)
            if any(os.path.samestat(read, output) for output in refused):
                args.fail(f"{args.output} is one of the inputs, and would be overwritten: choose another output")
