"""``python -m segmenter.evaluation.archive``: what a new story costs, beside archives of several sizes.

python -m segmenter.evaluation.archive --stories 10000 100000 1000000 --out archive.md

Each archive is an SQLite store of made-up stories, as many a day in each, so that what a new story is compared with is
the same and only what lies behind it grows. A process of its own opens the store, restores the tracker, and runs the
job on new dumps of one story each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..embedding import load_embedder
from ..errors import SegmenterError, StoreError
from ..io.output import open_output
from ..tracking.job import Job
from ..tracking.store import Store
from ..tracking.tracker import StoryTracker
from .archive_stream import NOW, VERSION, Filler, OneStory, Stream
from .memory import peak

SIZES = (10_000, 100_000, 1_000_000)
DAILY, NEW = 1_000, 200
NOTES = """\
SQLite, {daily:,} stories a day in every archive, {live:,} of them in the window of {window:g} days; then {new:,} dumps
of one story each through the job, each in a transaction of its own, splitting left out: into the inbox (reading),
through the tracker, into the archive (storing, which waits for the disk). *All* is the mean of these together and of
what lies between them; half of the dumps were tracked and stored in less than the *median*, 95 % in less than the last.
Opening and restoring come once a job. Memory is the peak of that process, Python, packages and models included."""


class Figures(NamedTuple):
    """What was measured beside one archive.

    Parameters
    ----------
    stories, live : int
        Stories in the archive, and those of them that the tracker was restored with.
    megabytes : float
        The store's file, in 10**6 bytes.
    opening, restoring : float
        Milliseconds to open the store, and seconds to read the live stories into the tracker.
    reading, tracking, storing, total, processor, median, most : float
        Milliseconds a new story; see `NOTES`.
    memory : float
        Peak, in 10**6 bytes.
    """

    stories: int
    live: int
    megabytes: float
    opening: float
    restoring: float
    reading: float
    tracking: float
    storing: float
    total: float
    processor: float
    median: float
    most: float
    memory: float


HEADS = ("stories", "live", "file, MB", "opening, ms", "restoring, s", "reading, ms a story", "tracking", "storing",
         "all", "of it CPU", "median", "95 %", "memory, MB")  # fmt: skip
_DIGITS = (0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table, row by row."""
    args = _arguments(argv)
    if args.measure:
        print(json.dumps(measure(args.measure, args.daily, args.new)))
        return 0
    lines = []
    try:
        stream = Stream(args.daily)
        filler = Filler(stream, args.live)
        for line in (_line(HEADS), f"|{'--:|' * len(HEADS)}"):
            lines.append(line)
            print(line, flush=True)
        for count in args.stories:
            lines.append(_line(beside(filler, count, args.new, args.folder)))
            print(lines[-1], flush=True)
        notes = NOTES.format(daily=args.daily, live=args.live, window=StoryTracker().window, new=args.new)
        print(f"\n{notes}")
        if args.out:
            with open_output(args.out) as out:
                out.write("\n".join([*lines, "", notes, ""]).encode())
    except SegmenterError as error:
        print(f"segmenter: {error}", file=sys.stderr)
        return 1
    return 0


def beside(filler: Filler, count: int, new: int, folder: str | None = None) -> Figures:
    """Make an archive of `count` stories in `folder`, measure beside it, and remove it.

    Raises
    ------
    StoreError
        If it cannot be made, or the process that measures fails.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "archive.db"
        url = f"sqlite:///{path}"
        filler.fill(url, count)
        megabytes = path.stat().st_size / 1e6
        command = [sys.executable, "-m", __name__ if __name__ != "__main__" else __spec__.name, "--measure", url,
                   "--daily", str(filler.stream.daily), "--new", str(new)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2]
        raise StoreError(f"{url}: measuring beside it failed, {said} (is there room for it in {place}?)")
    return Figures(**{"stories": count, "megabytes": megabytes, **json.loads(done.stdout.splitlines()[-1])})


def measure(url: str, daily: int, new: int) -> dict[str, float]:
    """What `new` stories cost in this process beside the store at `url`: `Figures`, but for size and file."""
    embedder, stream, seconds = load_embedder(None), Stream(daily), []
    inputs = [stream.dump(number) for number in range(new)]
    warm = StoryTracker()  # models are loaded once a process, and are no part of the archive
    warm.assign("warm", NOW, warm.describe([inputs[0].text])[0])

    begun = time.perf_counter()
    store = Store(url, create=False)
    opening = time.perf_counter() - begun

    def report(event: str, **about: float) -> None:
        if event == "dump":
            seconds.append(about["seconds"])

    with store:
        job = Job(store, OneStory(), StoryTracker, lambda: embedder, VERSION, report)
        begun = time.perf_counter()
        window = timedelta(days=job.present.at(NOW).window)
        restoring = time.perf_counter() - begun
        busy = time.process_time()
        spent = job.run(inputs).seconds
        busy = time.process_time() - busy
        live = sum(1 for _ in store.live(NOW - window, stream.date(-1)))
    if job.counts.filed != new:
        raise StoreError(f"{url}: {job.counts.filed} of {new} new dumps were filed (begin with an archive that has "
                         "none of them)")  # fmt: skip
    each = {name: 1000 * spent[name] / new for name in ("reading", "tracking", "storing")}
    return {"live": live, "opening": 1000 * opening, "restoring": restoring, **each,
            "total": 1000 * (spent["total"] - spent["splitting"]) / new, "processor": 1000 * busy / new,
            "median": 1000 * float(np.median(seconds)), "most": 1000 * float(np.quantile(seconds, 0.95)),
            "memory": peak() / 1e6}  # fmt: skip


def _line(values: Sequence[str | float]) -> str:
    cells = [value if isinstance(value, str) else f"{value:,.{digits}f}"
             for value, digits in zip(values, _DIGITS, strict=True)]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation.archive", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--stories", type=int, nargs="+", default=SIZES, metavar="N", help="sizes of archives (%(default)s)")
    add("--daily", type=int, default=DAILY, metavar="N", help="stories a day (%(default)s)")
    add("--new", type=int, default=NEW, metavar="N", help="new stories beside each archive (%(default)s)")
    add("--folder", metavar="DIR", help="where archives are made, 7 GB for a million stories (the system's for what "
                                        "is temporary)")  # fmt: skip
    add("--out", metavar="FILE", help="write the table there, too")
    add("--measure", metavar="URL", help=argparse.SUPPRESS)  # what the process that measures is called with
    args = parser.parse_args(argv)
    if args.daily < 1 or args.new < 1:
        parser.error("--daily and --new are 1 or more")
    args.live = int(StoryTracker().window * args.daily)
    if min(args.stories) < args.live and not args.measure:
        parser.error(f"an archive holds the live stories at least, {args.live:,} at {args.daily:,} a day: a size of "
                     f"{min(args.stories):,} is too small (more --stories, or less --daily)")  # fmt: skip
    return args


if __name__ == "__main__":
    sys.exit(main())
