"""What the commands share: exit status, options, and the making of a segmenter."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from ..errors import InputError, SegmenterError
from ..io import MAX_CHARS, Dump, Meter, read_dumps
from ..tasks import Splitter

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2
TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h

_AGO = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*([hdw])", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}

EXIT_CODES = """\
exit status:
  0    all inputs were read and written
  1    some inputs failed, each with a line on standard error that says where, why and what to do, while the rest
       was written; or the output failed on the way (disk full, ...), and then no output file is left behind
  2    wrong usage: an unknown option, a value out of range, a model that is not there, an output that cannot be opened
  130  interrupted (Ctrl-C); 143 terminated; 141 the reader of the output went away
"""

READING_EXIT_CODES = """\
exit status:
  0    done
  1    the output failed on the way (disk full, ...), and no output file is left behind
  2    wrong usage: an unknown option, a store that is not there, a thread that it does not have
  75   another process is writing to the store: try again later
  130  interrupted (Ctrl-C); 143 terminated; 141 the reader of the output went away
"""

SegmenterFactory = Callable[..., Splitter]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class UsageError(Exception):
    """Wrong usage that shows only after the arguments were parsed."""


def add_command(commands: Commands, name: str, run: Callable[[argparse.Namespace, SegmenterFactory], int], help: str,
                notes: str) -> argparse.ArgumentParser:  # fmt: skip
    """Add a command; what it returns takes the arguments."""
    parser = commands.add_parser(name, help=help, description=help, epilog=notes, allow_abbrev=False,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.set_defaults(run=run, fail=parser.error)
    return parser


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `make_segmenter` reads."""
    parser.add_argument("--segmenter", metavar="FOLDER",
                        help="a segmenter of your own, as Segmenter.save wrote it; other options change its settings")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="embedding model (default: the one that is shipped)")
    parser.add_argument("--threshold", type=probability, metavar="P",
                        help="begin a story wherever that is at least so probable, from 0 to 1; higher gives "
                             "fewer (default: the partition that is most probable as a whole)")  # fmt: skip
    parser.add_argument("--min-chars", type=whole(0), metavar="N", help="no story shorter than N characters")
    parser.add_argument("--max-chars", type=whole(1), metavar="N", help="no story longer than N characters")


def add_topic_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `topic_options` reads."""
    topics = parser.add_mutually_exclusive_group()
    topics.add_argument("--topics", metavar="PATH",
                        help="labels of your own: a taxonomy (.csv, .json, .yaml with label, description, examples, "
                             "parent) or a folder that TopicClassifier.save wrote "
                             "(default: IPTC Media Topics)")  # fmt: skip
    topics.add_argument("--no-topics", action="store_true",
                        help="do not say what the stories are about, by topics or key phrases; faster")  # fmt: skip
    parser.add_argument("--topic-threshold", type=probability, metavar="P",
                        help="give topics that are right with at least this probability, none where there is no such; "
                             "0: one wherever there is a word (default: the classifier's own, 0.4)")  # fmt: skip
    parser.add_argument("--topic-language", metavar="CODE",
                        help="language of the topics' names, such as en (default: that of the story)")  # fmt: skip
    parser.add_argument("--key-phrases", type=whole(0), metavar="N",
                        help="at most N key phrases a story (default: 5); 0 is faster")  # fmt: skip


def topic_options(args: argparse.Namespace) -> dict[str, Any]:
    """What `make_segmenter` is to know of topics; only what was asked for."""
    if args.no_topics:
        return {"topics": False}
    given = {name: getattr(args, name) for name in ("topics", "topic_threshold", "topic_language", "key_phrases")}
    if args.topics is not None:
        from ..topics import load_classifier  # here: few name labels of their own

        try:
            given["topics"] = load_classifier(args.topics)
        except SegmenterError as error:
            raise UsageError(str(error)) from error
    return {name: value for name, value in given.items() if value is not None}


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options that `dumps_of` reads."""
    parser.add_argument("--text-column", default="text", metavar="NAME", help="column of the text (default: text)")
    parser.add_argument("--encoding", metavar="NAME", help="of text, JSON and CSV inputs (default: UTF-8)")
    parser.add_argument("--max-dump-chars", type=whole(1), default=MAX_CHARS, metavar="N",
                        help=f"a longer dump is an error, and the rest is read (default: {MAX_CHARS:,})")  # fmt: skip


def dumps_of(args: argparse.Namespace, paths: list[str], notice: Callable[[str], None],
             meter: Meter | None = None) -> Iterator[Dump | InputError]:  # fmt: skip
    """The dumps of `paths`; what is left out on purpose is told to `notice`, how far reading has come to `meter`."""
    if paths.count("-") > 1:
        args.fail("standard input (-) can be read only once")
    try:
        return read_dumps(paths, text_column=args.text_column, encoding=args.encoding, max_chars=args.max_dump_chars,
                          notice=notice, meter=meter)  # fmt: skip
    except SegmenterError as error:
        args.fail(str(error))
        raise


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add ``--jobs``."""
    parser.add_argument("-j", "--jobs", type=whole(0), default=1, metavar="N",
                        help="split in N processes, with the same output (default: 1; 0: one a core)")  # fmt: skip


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Add ``--progress`` and ``--no-progress``."""
    parser.add_argument("--progress", action=argparse.BooleanOptionalAction, default=None,
                        help="count the dumps on standard error, with the time left where the sizes of the inputs are "
                             "known (default: if it is a terminal)")  # fmt: skip


def probability(value: str) -> float:
    """A type of option: numbers from 0 to 1."""
    with suppress(ValueError):
        if 0.0 <= (number := float(value)) <= 1.0:
            return number
    raise argparse.ArgumentTypeError(f"{value!r} is no probability (a number from 0 to 1)")


def whole(least: int) -> Callable[[str], int]:
    """A type of option: whole numbers from `least` on."""

    def convert(value: str) -> int:
        with suppress(ValueError):
            if (number := int(value)) >= least:
                return number
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number from {least} on")

    return convert


DEFAULT_STORE = "sqlite:///stories.db"

STORE_NOTES = """\
store:
  a file for SQLite, as a path or sqlite:///stories.db (sqlite:////var/lib/stories.db where the path is absolute), or
  postgresql://user@host/database where several machines share it (the password from ~/.pgpass or PGPASSWORD).
"""


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add ``--store``."""
    parser.add_argument("--store", default=DEFAULT_STORE, metavar="URL",
                        help=f"where dumps, stories and threads are kept (default: {DEFAULT_STORE})")  # fmt: skip


def moment(value: str) -> datetime:
    """A type of option: a date, or how long ago."""
    found = _AGO.fullmatch(value.strip())
    with suppress(OverflowError):
        if found is not None:
            return datetime.now(UTC) - timedelta(hours=float(found[1]) * _HOURS[found[2].lower()])
        from ..tracking.dates import read_date  # here: it loads what few commands need

        date = read_date(value)
        if date is not None:
            return date
    raise argparse.ArgumentTypeError(f"{value!r} is no date (such as 2024-03-01, 2024-03-01T12:00:00+03:00, or 24h, "
                                     "7d, 2w for so long ago)")  # fmt: skip


def amount(most: float, *, zero: bool = False) -> Callable[[str], float]:
    """A type of option: numbers up to `most`, more than 0 unless `zero`."""

    def convert(value: str) -> float:
        with suppress(ValueError):
            if 0.0 <= (number := float(value)) <= most and (number or zero):
                return number
        raise argparse.ArgumentTypeError(f"{value!r} is no number {'from' if zero else 'above'} 0 to {most:g}")

    return convert


def make_segmenter(args: argparse.Namespace, factory: SegmenterFactory, **options: Any) -> Splitter:
    """Make the segmenter that the options ask for, or raise `UsageError`."""
    if args.min_chars is not None and args.max_chars is not None and args.min_chars > args.max_chars:
        args.fail(f"--min-chars {args.min_chars} is more than --max-chars {args.max_chars}")
    if args.threshold is not None:
        options["threshold"] = args.threshold
    options |= {"model": args.model, "min_chars": args.min_chars, "max_chars": args.max_chars}
    if args.segmenter is not None:  # has settings of its own, for all that was not asked for
        options = {name: value for name, value in options.items() if value is not None} | {"folder": args.segmenter}
    try:
        return factory(**options)
    except (ValueError, OSError, ImportError) as error:  # ModelError is a ValueError
        raise UsageError(str(error)) from error


def default_segmenter(*, folder: str | None = None, **options: Any) -> Splitter:
    """`Segmenter` itself, or one that was saved."""
    from ..segmenter import Segmenter  # here, so that --help and wrong usage answer at once

    if folder is None:
        return Segmenter(**options)
    segmenter = Segmenter.load(folder).set_params(**options)
    segmenter.check()
    return segmenter
