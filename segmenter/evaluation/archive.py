"""``python -m segmenter.evaluation.archive``: what a new story costs beside archives of several sizes.

Fills SQLite stores with made-up stories: random vectors and words, as many in the last week whatever the size, all else
spread over the years before. Then opens each anew, lets the tracker take what it needs, and files some new stories.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import insert

from ..embedding import load_embedder
from ..io import Dump
from ..tracking.database import Database
from ..tracking.fingerprints import HASHES, Fingerprinter
from ..tracking.job import Job
from ..tracking.schema import dumps, stories, threads
from ..tracking.store import Store
from ..tracking.tracker import StoryTracker

SIZES = (10_000, 100_000, 1_000_000)
LIVE = 5_000
"""Stories of the last week."""
NEW = 200
WORDS = 120
NOW = datetime(2025, 6, 1, tzinfo=UTC)
_WEEK, _BATCH = timedelta(days=7), 5_000


class Row(NamedTuple):
    """What was measured at one size."""

    stories: int
    megabytes: float
    opening: float
    restoring: float
    milliseconds: float
    peak: float


def measure(path: Path, size: int, *, live: int = LIVE, new: int = NEW) -> Row:
    """Fill a store and file new stories in it.

    Parameters
    ----------
    path : path
        Of a store that does not exist.
    size : int
        Stories of the archive.
    live, new : int
        How many of them are of the last week, and how many are filed then.

    Returns
    -------
    Row
        Size of the file; seconds to open it, and for the first new story, with which all of the week is read;
        milliseconds for each of the others, in dumps of their own, without splitting; peak memory of the process in
        megabytes.
    """
    Store(path).close()
    _fill(path, size, min(live, size))
    begun = time.perf_counter()
    with Store(path, create=False) as store:
        opening = time.perf_counter() - begun
        job = Job(store, _Whole(), StoryTracker, lambda: load_embedder(None), "archive", lambda *_, **__: None)
        given = [Dump(_text(n), f"new {n}", NOW.isoformat(), named=True) for n in range(new + 1)]
        begun = time.perf_counter()
        job.run(given[:1])
        restoring = time.perf_counter() - begun
        begun = time.perf_counter()
        job.run(given[1:])
        spent = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
    return Row(size, path.stat().st_size / 1e6, opening, restoring, spent / new * 1_000, peak)


def _text(n: int) -> str:
    return f"Minister {n} of {n * 7 % 101} said on {n % 13} that " + "a bridge, a port and a school will open. " * 40


class _Whole:
    """Stands for the segmenter: every dump is one story."""

    def split(self, text: str, *, id: str | None = None, date: str | None = None, meta: Any = None) -> Any:
        from ..document import Block, Document, Story, by_story

        blocks = (Block(0, len(text.rstrip()), "body", 0),)
        story = Story.from_blocks(0, text, by_story(blocks)[0])
        return Document(text, blocks, (story,), (), id, "en", date, meta or {})


def _fill(path: Path, size: int, live: int) -> None:
    database = Database(path, create=False)
    try:
        for low in range(0, size, _BATCH):
            rows = list(_rows(low, min(low + _BATCH, size), size, live))
            with database.writing() as connection:
                connection.execute(insert(dumps), [dump for dump, _, _ in rows])
                connection.execute(insert(threads), [thread for _, thread, _ in rows])
                connection.execute(insert(stories), [story for _, _, story in rows])
    finally:
        database.close()


def _rows(low: int, high: int, size: int, live: int) -> Iterator[tuple[dict[str, Any], ...]]:
    """A dump, a thread and a story for each number; the last `live` are of the week."""
    chance = np.random.default_rng(low)
    prints = Fingerprinter().of([""] * (high - low), vectors=chance.normal(size=(high - low, 256)))
    for n, print_ in zip(range(low, high), prints, strict=True):
        old = size - live
        date = NOW - _WEEK * ((size - n) / live) if n >= old else NOW - 2 * _WEEK - timedelta(hours=1) * (old - n)
        key = hashlib.sha256(str(n).encode()).hexdigest()
        # Words as they are met: few are in many stories, most in few.
        words = np.unique((chance.pareto(0.6, WORDS) * 50).astype(np.uint64).astype(np.uint32) * np.uint32(2654435761))
        counts = np.full(len(words), 1 << 16 | (n % 2) << 8, dtype=np.uint32)
        thread = f"{date.date().isoformat()}-{key[:10]}"
        yield (
            {"key": key, "id": f"d{n}", "date": date, "source": "made up", "place": str(n), "meta": {}, "length": 900,
             "language": "en", "status": "filed", "version": "archive", "added_at": NOW},
            {"id": thread, "first": date, "last": date, "stories": 1},
            {"filed": n + 1, "key": f"{key}:0", "dump": key, "number": 0, "start": 0, "end": 900, "length": 900,
             "title": f"Story {n}", "titled": True, "text": "Made up. " * 100, "language": "en", "key_phrases": [],
             "date": date, "outlet": f"o{n % 20}", "thread": thread, "probability": 1.0,
             "embedding": print_.to_bytes()[0], "words": np.stack([words, counts], axis=1).astype("<u4").tobytes(),
             "shingles": chance.integers(0, 1 << 32, HASHES, dtype=np.uint32).astype("<u4").tobytes()},
        )  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation.archive", description=__doc__)
    parser.add_argument("--stories", type=int, nargs="+", default=list(SIZES), metavar="N", help="sizes of archives")
    parser.add_argument("--folder", type=Path, help="where the stores are made, and removed (default: a temporary one)")
    args = parser.parse_args(argv)
    print("| stories in the store | file, MB | opening, s | the first story, s | each other, ms | peak memory, MB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for size in args.stories:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            row = measure(Path(folder) / "archive.db", size)
        print(f"| {row.stories:,} | {row.megabytes:,.0f} | {row.opening:.2f} | {row.restoring:.2f} | "
              f"{row.milliseconds:.1f} | {row.peak:,.0f} |", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
