"""``segmenter split`` into a folder of parts."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ModelError, SegmenterError
from ..io import OutputError
from ..io.decoding import check_encoding
from .common import OK, SOME_FAILED, TRY_LATER, SegmenterFactory, UsageError, make_segmenter, topic_options, whole
from .terminal import Progress

if TYPE_CHECKING:
    from ..corpus import Report, Summary

PARTS_NOTES = """\
a folder of parts (-o OUT/, or a folder that is there):
  The inputs are cut into parts: Parquet at --part-rows rows, JSONL at the first line end from --part-bytes bytes on,
  files of one dump gathered. CSV, archives and all that is compressed are not cut (only reading all before it tells
  where a row begins): each file is a part, which one process makes, so bring many of them, or JSONL. Each part becomes
  a file of OUT, part-00000.parquet (or .jsonl with --format jsonl), and _manifest.json says what they are made of.
  Together they hold what one file would, row for row. Run it again to go on with a run that ended early, or after
  inputs came or changed: only parts that are missing or made of other inputs are made. What failed in them earlier is
  said again, and counts for the exit status. With other settings or models OUT is refused; --anew begins anew.
  Status 75: another run is working on OUT.
  --engine processes   --jobs processes on this machine
  --engine dask        a Dask cluster (pip install 'segmenter[dask]'): --scheduler tcp://host:8786, whose workers need
                       this version of segmenter and see inputs, models and OUT under the same paths; or --scheduler
                       local, --jobs processes here. Dask sends pickles: only in a network that you trust.
  A worker that dies changes nothing: another makes its part. A dump that kills two workers is given up.
"""
_ENGINES = ("processes", "dask")


def add_parts(parser: argparse.ArgumentParser) -> None:
    """Add the options that folders of parts have."""
    parser.add_argument("--engine", choices=_ENGINES, help="where parts of a folder are made (default: processes)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of --engine dask: tcp://host:8786, or local (default)")
    parser.add_argument("--part-rows", type=whole(1), metavar="N",
                        help="rows of a Parquet input that make a part of a folder (default: 20,000)")  # fmt: skip
    parser.add_argument("--part-bytes", type=whole(1), metavar="N",
                        help="bytes of a JSONL input (.jsonl, .ndjson, not compressed) that make a part of a folder "
                             "(default: 16,777,216)")  # fmt: skip
    parser.add_argument("--anew", action="store_true", help="make all parts of a folder, whatever is there")


def is_folder(args: argparse.Namespace) -> bool:
    """Whether the output is a folder; options that only folders have are refused where it is not."""
    ends = tuple(filter(None, (os.sep, os.altsep)))
    if args.output not in (None, "-") and (args.output.endswith(ends) or os.path.isdir(args.output)):
        if args.scheduler is not None and args.engine != "dask":
            args.fail("--scheduler is for --engine dask")
        return True
    given = {"--engine": args.engine, "--scheduler": args.scheduler, "--part-rows": args.part_rows,
             "--part-bytes": args.part_bytes, "--anew": args.anew or None}  # fmt: skip
    for option, value in given.items():
        if value is not None:
            args.fail(f"{option} is for a folder of parts: name one with -o OUT/")
    return False


def split_parts(args: argparse.Namespace, factory: SegmenterFactory, paths: list[str]) -> int:
    """Split into a folder; the exit status."""
    from ..corpus import EngineError, FolderBusy, engine_of, split_corpus  # here: it is for large runs, which can wait
    from ..corpus.job import FORMATS
    from ..corpus.plan import ROWS, SIZE

    format = args.format or FORMATS[0]
    if format not in FORMATS:
        args.fail(f"a folder of parts is {' or '.join(FORMATS)}, not {format} (or name a file with -o)")
    if "-" in paths:
        args.fail("standard input cannot be cut into parts: name files, or one file as the output")
    _refuse_reading_output(args, paths)
    if args.encoding is not None:
        try:
            check_encoding(args.encoding)
        except SegmenterError as error:
            args.fail(str(error))
    progress = Progress(args.progress)
    segmenter = make_segmenter(args, factory, n_stories=args.n_stories, **topic_options(args))
    try:
        engine = engine_of(args.engine or _ENGINES[0], args.jobs, args.scheduler)
        with progress:
            summary = split_corpus(
                paths, args.output, segmenter, format=format, engine=engine, rows=args.part_rows or ROWS,
                size=args.part_bytes or SIZE, anew=args.anew, text_column=args.text_column, encoding=args.encoding,
                max_chars=args.max_dump_chars, report=lambda report: _tell(report, progress),
                progress=lambda *about: _count(progress, *about))  # fmt: skip
    except FolderBusy as error:
        progress.say(str(error))
        return TRY_LATER
    except EngineError as error:
        raise UsageError(str(error)) from error
    except (ModelError, OutputError):
        raise
    except SegmenterError as error:
        progress.say(str(error))
        return SOME_FAILED
    for failure in summary.errors:
        progress.say(str(failure))
    progress.say(_said(summary, args.output))
    return SOME_FAILED if summary.failed or summary.lost else OK


def _tell(report: Report, progress: Progress) -> None:
    if report.made is None:
        progress.say(report.lost)
        return
    for line in report.made.errors:
        progress.say(f"{line} [in an earlier run]" if report.earlier else line)
    if not report.earlier:
        for line in report.made.notices:
            progress.say(line)


def _count(progress: Progress, done: int, parts: int, dumps: int) -> None:
    progress.at(done, parts, "parts")
    progress.step(dumps)


def _said(summary: Summary, folder: str) -> str:
    kept = f", {summary.kept:,} of them in an earlier run" if summary.kept else ""
    failed = f"; {summary.failed:,} failed" if summary.failed else ""
    earlier = f", {summary.failed_earlier:,} of them in an earlier run" if summary.failed_earlier else ""
    lost = f"; {summary.lost:,} parts could not be made: run again to go on" if summary.lost else ""
    return (f"{folder}: {summary.parts:,} parts{kept}; {summary.dumps:,} dumps, {summary.segments:,} segments"
            f"{failed}{earlier}{lost}")  # fmt: skip


def _refuse_reading_output(args: argparse.Namespace, paths: list[str]) -> None:
    try:
        output = os.stat(args.output)
    except (OSError, ValueError):
        return
    for path in paths:
        with suppress(OSError, ValueError):
            for place in (path, os.path.dirname(os.path.abspath(path))):
                if os.path.samestat(os.stat(place), output):
                    args.fail(f"{args.output} holds the input {path}: choose another folder for the output")
