"""``segmenter cluster``: the scheduled job."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import InputError, ModelError, StoreBusy, StoreError, StoreMismatch, StoreMissing
from ..io import Dump, Meter
from .common import (
    OK,
    SOME_FAILED,
    STORE_NOTES,
    TRY_LATER,
    WRONG_USAGE,
    Commands,
    SegmenterFactory,
    UsageError,
    add_command,
    add_jobs,
    add_model_options,
    add_progress,
    add_reading,
    add_store,
    add_topic_options,
    amount,
    dumps_of,
    make_segmenter,
    moment,
    topic_options,
)
from .log import Log, summary
from .terminal import Progress

if TYPE_CHECKING:
    from ..embedding import Embedder
    from ..tracking.store import Store
    from ..tracking.tracker import StoryTracker

_BATCH = 500

_CLUSTER_NOTES = f"""\
The job reads the inputs, keeps what is new, splits it into stories, says what they are about, and finds for every story
the thread (the running story over days) that it belongs to, or opens one. Run it from cron or a systemd timer as often
as you like, on the same inputs too: a dump is filed once. `segmenter threads` shows the result.

inputs:
  as for `segmenter split`: .txt, .jsonl, .csv, .parquet, .warc, .wet, the same as .gz or .zst, directories, and - for
  standard input.
  text     the only column that is needed (--text-column names another)
  id       with the text it tells whether a dump is new. A dump without an id is known by its text alone; the same text
           under two ids is filed twice, and marked as a near-copy.
  date     when it was published: ISO 8601 (2024-03-01T12:00:00+03:00; without a zone it is UTC), seconds since 1970, or
           as in mails. Where it is missing or cannot be read: --date, or else when the file was changed last.
  outlet   who published it (--outlet-column names another)
  title    the headline, for a dump that is one story and whose text is without
  All other columns are kept with the dump.

{STORE_NOTES}
order:
  All that waits is filed by date, oldest first, so the order of the inputs makes no difference within a run. Across
  runs it does: what was decided stays, and a dump that comes later joins what it finds. To build an archive, give all
  of it to one run.

safety:
  Every dump is one transaction. A job that is killed, at whatever moment, loses nothing and repeats nothing: run it
  again on the same inputs, and it ends as if it had not been killed. (What it had read waits in the store, and is filed
  by the next job whatever its inputs.) One job works on a store at a time; another waits (--wait) or leaves with status
  75. Threads may be merged or split by hand while it runs: it follows merges at once, and splits from the next run on.

log (--log json), one object a line on standard error:
  {{"time", "event": "start", "store", "version", "window"}}
  {{"time", "event": "failure", "source", "place", "reason", "remedy"}}      with "id" and "key" of a dump
  {{"time", "event": "notice", "reason"}}                   what was left out on purpose, such as HTML of an archive
  {{"time", "event": "undated", "id", "source", "place", "date", "used"}}    a date that could not be read
  {{"time", "event": "merge", "keep", "other", "reason", "id", "key"}}       two threads turned out to be one
  {{"time", "event": "dump", "id", "key", "date", "stories", "opened", "copies", "merges", "seconds"}}
  {{"time", "event": "error", "reason"}}                                     the job cannot go on
  {{"time", "event": "summary", "status", "read", "new", "known", ..., "seconds": {{"total", ...}}}}

examples:
  segmenter cluster dumps/                                       into sqlite:///stories.db
  segmenter cluster --store /var/lib/news.db --wait 600 --log json today.jsonl 2>> cluster.log
  segmenter cluster --store postgresql://news@db/news today.jsonl
  segmenter cluster --dry-run dumps/                             what is new there
  segmenter cluster --retry                                      dumps that failed, once more
  */15 * * * *  /opt/segmenter/bin/segmenter cluster --store /var/lib/news.db /var/spool/news     in a crontab

exit status:
  0    everything was read and filed, or known already
  1    some inputs or dumps failed, each with a line on standard error, while the rest was filed; or the store failed on
       the way (disk full, ...): what was filed is kept, run again
  2    wrong usage: an unknown option, a model that is not there, a store that cannot be opened, or
       whose stories were embedded by another model
  75   another job is working on the store: try again later
  130  interrupted (Ctrl-C); 143 terminated: run again to go on
"""


def add_cluster(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "cluster", _cluster, "File new dumps, and assign their stories to threads.",
                         _CLUSTER_NOTES)  # fmt: skip
    parser.add_argument("paths", nargs="*", metavar="INPUT", help="file or directory; - is standard input; none: only "
                                                                  "what waits in the store")  # fmt: skip
    add_store(parser)
    parser.add_argument("--window", type=amount(100_000), metavar="DAYS",
                        help="compare a story with those dated at most so many days before or after it "
                             "(default: 7)")  # fmt: skip
    parser.add_argument("--date", type=moment, metavar="T", help="of dumps that have none that can be read")
    parser.add_argument("--outlet-column", default="outlet", metavar="NAME", help="column of the outlet "
                                                                                  "(default: outlet)")  # fmt: skip
    add_reading(parser)
    parser.add_argument("--wait", type=amount(1e9, zero=True), default=0.0, metavar="SECONDS",
                        help="wait so long for another job on the store (default: not at all)")  # fmt: skip
    parser.add_argument("--retry", action="store_true", help="try dumps that failed before once more")
    parser.add_argument("--dry-run", action="store_true", help="say what is new, and write nothing")
    parser.add_argument("--log", choices=("text", "json"), default="text", help="form of what is said on standard "
                                                                                "error (default: text)")  # fmt: skip
    add_model_options(parser)
    add_topic_options(parser)
    add_jobs(parser)
    add_progress(parser)


def make_tracker(args: argparse.Namespace) -> StoryTracker:
    """An empty tracker with the options that were given."""
    from ..tracking.tracker import StoryTracker

    given = {"window": args.window, "model": args.model}
    return StoryTracker(**{name: value for name, value in given.items() if value is not None})


def _cluster(args: argparse.Namespace, factory: SegmenterFactory) -> int:
    with Progress(args.progress) as progress:
        log = Log(args.log, progress)
        dumps = _watched(args, log)
        try:
            return _dry_run(args, dumps, log) if args.dry_run else _run(args, factory, dumps, log)
        except StoreBusy as error:
            log.line(str(error), "error", reason=str(error))
            return TRY_LATER
        except (UsageError, ModelError, StoreError) as error:
            log.line(str(error), "error", reason=str(error))
            return SOME_FAILED if isinstance(error, _OnTheWay) else WRONG_USAGE


def _watched(args: argparse.Namespace, log: Log) -> Iterable[Dump | InputError]:
    meter = Meter() if log.progress.shown else None
    dumps = dumps_of(args, args.paths, lambda text: log.line(text, "notice", reason=text), meter)
    return dumps if meter is None else _counted(dumps, meter, log.progress)


def _counted(dumps: Iterable[Dump | InputError], meter: Meter, progress: Progress) -> Iterator[Dump | InputError]:
    progress.begin("reading: ")
    for dump in dumps:
        progress.at(meter.read(), meter.total)
        progress.step()
        yield dump
    progress.begin()


class _OnTheWay(StoreError):
    """A store that failed once it was open."""


def _run(args: argparse.Namespace, factory: SegmenterFactory, dumps: Iterable[Dump | InputError], log: Log) -> int:
    from .. import __version__
    from ..tracking.job import Job

    if args.model is not None:  # loaded once, for the segmenter and the tracker
        args.model = _embedder(args)
    segmenter = make_segmenter(args, factory, **topic_options(args))
    with _opened(args) as store:
        log.event("start", store=store.name, version=__version__, window=make_tracker(args).window)
        job = Job(store, segmenter, lambda: make_tracker(args), lambda: _embedder(args), __version__, log,
                  jobs=args.jobs)  # fmt: skip
        log.expected = lambda: job.counts.waiting + job.counts.new
        try:
            job.run(dumps, date=args.date, outlet=args.outlet_column, retry=args.retry)
        except (StoreBusy, StoreMismatch):
            raise
        except StoreError as error:
            raise _OnTheWay(str(error)) from error
        finally:
            counts = job.counts.to_dict()
            stopped = "stopped, run again to go on: " if job.status == "stopped" else ""
            log.line(stopped + summary(counts), "summary", status=job.status, **counts)
    return SOME_FAILED if counts["failed"] or counts["unreadable"] else OK


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[Store]:
    from ..tracking.store import Store

    try:
        opened = Store(args.store, create=bool(args.paths))
    except StoreMissing as error:
        raise _nothing_to_do(error) from error
    with opened as store, store.lock(args.wait):
        yield store


def _nothing_to_do(error: StoreMissing) -> UsageError:
    """Without inputs there is what waits in the store, and where there is no store there is nothing."""
    return UsageError(f"no INPUT is named, and {error}")


def _dry_run(args: argparse.Namespace, dumps: Iterable[Dump | InputError], log: Log) -> int:
    from ..tracking.intake import survey
    from ..tracking.store import Store

    try:
        store = Store(args.store, create=False)
    except StoreMissing as error:
        if not args.paths:
            raise _nothing_to_do(error) from error
        store = None
    try:
        counts = survey(dumps, store, log, args.date)
    finally:
        if store is not None:
            store.close()
    shown = counts.to_dict()
    log.line("nothing was written: " + summary(shown), "summary", status="dry run", **shown)
    return SOME_FAILED if counts.unreadable else OK


def _embedder(args: argparse.Namespace) -> Embedder:
    from ..embedding import load_embedder

    return load_embedder(args.model)
