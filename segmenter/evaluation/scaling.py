"""``python -m segmenter.evaluation.scaling``: how fast the segmenter is, and what many dumps, or one long one, cost it.

python -m segmenter.evaluation.scaling --dumps 1000 10000 100000 --blocks 1000 10000 100000 1000000 --profile

Everything runs in processes of its own, on synthetic dumps made of ``data/stories.jsonl``. Without options it takes
about two minutes on two cores that have nothing else to do; 100,000 dumps half an hour, a text of a million blocks some
four minutes and 3 GB of memory.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..batches import usable_cores
from ..errors import SegmenterError
from ..io.output import open_output
from .memory import Family
from .scaling_dumps import Dumps
from .scoreboard import markdown

DUMPS, BLOCKS, PEER_DUMPS, TIMES, PROFILED = (500, 2_000), (1_000, 10_000, 30_000), 10, 5, 1_000
PLAIN = 10_000
"""Dumps up to which it is measured without topics, too."""

NOTES = """\
MB: 10**6 bytes of UTF-8, or of memory. *Many dumps*: the command `segmenter split IN.jsonl -o OUT.jsonl` from start \
to end, models loaded anew; CPU is that of all its processes, memory the peaks of all its processes together, what \
they share counted in each. *One text*: `segmenter.split`, models loaded before; memory is the peak of the process, \
Python, packages, models and the text included. *Cold start*: the best of {times} fresh processes. Dumps are \
synthetic, of the 76 stories in `data/`; one word in twenty is made up, since a corpus has new words without end.\
"""
PEERS_NOTE = """\
 *Peers*: {dumps} English dumps on one core, models loaded before; the peers are given the lines for nothing, and \
{encoder} as embedding.\
"""
SHARES_NOTE = " *Where the time goes*: one job on {dumps:,} dumps, models loaded before."
ENCODER = "all-MiniLM-L6-v2"


class Usage(NamedTuple):
    """What a command took.

    Parameters
    ----------
    seconds, processor : float
        Wall time, and CPU time of all of its processes.
    memory : int or None
        `Family.peak`.
    output : str
        What it printed.
    """

    seconds: float
    processor: float
    memory: int | None
    output: str


def usage(command: Sequence[str], **environment: str) -> Usage:
    """Run ``python ARGUMENT ...`` and watch it.

    Raises
    ------
    SegmenterError
        If it fails.
    """
    before, begun = os.times(), time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               encoding="utf-8", env={**os.environ, **environment})  # fmt: skip
    with Family(process.pid) as family:
        output, said = process.communicate()
        seconds, after = time.perf_counter() - begun, os.times()
    if process.returncode:
        why = said.strip().rpartition("\n")[2]
        raise SegmenterError(f"python {' '.join(command)}: failed with status {process.returncode}, {why}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Usage(seconds, processor, family.peak, output)


def many_dumps(dumps: Dumps, sizes: Sequence[int], jobs: Sequence[int], folder: Path) -> Iterator[list[str]]:
    """The rows of the table, for each size with topics and, up to `PLAIN`, without, for each number of jobs."""
    source, length, size = folder / "in.jsonl", 0, 0
    for count in sorted(sizes):
        with open(source, "ab") as out:
            size += dumps.write(out, length, count)
        length = count
        for topics in (True, False) if count <= PLAIN else (True,):
            first = folder / "out-1.jsonl"
            for number in jobs:
                out_path = folder / f"out-{number}.jsonl"
                used = usage(["-m", "segmenter", "split", str(source), "-o", str(out_path), "--no-progress",
                              "--jobs", str(number), *([] if topics else ["--no-topics"])])  # fmt: skip
                same = "-" if out_path == first else "yes" if filecmp.cmp(first, out_path, shallow=False) else "NO"
                yield [f"{count:,}", f"{size / 1e6:,.1f}", "yes" if topics else "no", str(number),
                       f"{used.seconds:,.1f}", f"{count / used.seconds:,.0f}", f"{size / 1e6 / used.seconds:.2f}",
                       f"{1000 * used.processor / count:.2f}", _megabytes(used.memory), same]  # fmt: skip


def one_text(sizes: Sequence[int], stories: str) -> Iterator[list[str]]:
    """The rows of the table, one for each size."""
    for count in sorted(sizes):
        found = _run("text", count, stories)
        blocks = found["blocks"]
        yield [f"{blocks:,}", f"{found['bytes'] / 1e6:,.1f}", f"{found['stories']:,}", f"{found['seconds']:,.2f}",
               f"{found['processor']:,.2f}", f"{1e6 * found['seconds'] / blocks:,.0f}",
               f"{1e6 * found['processor'] / blocks:,.0f}", _megabytes(found["memory"])]  # fmt: skip


def cold_start(dumps: Dumps, folder: Path, times: int) -> Iterator[list[str]]:
    """The rows of the table: what a fresh process takes, the best of so many."""
    small = folder / "small.txt"
    small.write_text(dumps.dump(0).text, encoding="utf-8", newline="")
    commands = {"python -c pass": ["-c", "pass"], "import segmenter": ["-c", "import segmenter"],
                "segmenter --version": ["-m", "segmenter", "--version"],
                f"segmenter split small.txt ({small.stat().st_size / 1e3:.1f} kB)":
                    ["-m", "segmenter", "split", str(small), "-o", str(folder / "small.out")]}  # fmt: skip
    for name, command in commands.items():
        yield [name, f"{min(_seconds(command) for _ in range(times)):.3f}"]


def peers(count: int, stories: str) -> Iterator[list[str]]:
    """The rows of the table, one for the segmenter with and without topics, and one for each peer."""
    found = _run("peers", count, stories)
    ours = found[0]["seconds"]
    for row in found:
        seconds, embedding = row["seconds"], row.get("embedding")
        name = f"{row['name']} {row['version']}" if row.get("version") else row["name"]
        if seconds is None:
            missing = f"{ENCODER} is" if row.get("version") else "it is"
            yield [name, "-", "-", "-", f"{missing} not installed (pip install 'segmenter[peers]')"]
        else:
            yield [name, f"{count / seconds:,.2f}" if seconds > count else f"{count / seconds:,.0f}",
                   f"{1000 * seconds / count:,.1f}", f"{seconds / ours:,.2f}" if seconds < 2 * ours else
                   f"{seconds / ours:,.0f}", "" if embedding is None else f"{embedding / seconds:.1%}"]  # fmt: skip


def profile(count: int, stories: str) -> Iterator[list[str]]:
    """The rows of the table, the largest share first."""
    found = _run("shares", count, stories)
    total = sum(found.values())
    for name, seconds in [*sorted(found.items(), key=lambda pair: -pair[1]), ("all", total)]:
        yield [name, f"{seconds / total:.1%}", f"{1000 * seconds / count:.3f}"]


def sections(args: argparse.Namespace) -> Iterator[str]:
    """The tables, each as it is done, and the notes."""
    dumps = Dumps(args.stories)
    yield f"{_machine()}."
    with tempfile.TemporaryDirectory(dir=args.folder) as place:
        folder = Path(place)
        yield _table("Many dumps", ["dumps", "MB", "topics", "jobs", "seconds", "dumps a second", "MB a second",
                                    "CPU, ms a dump", "memory, MB", "the bytes of 1 job"],
                     many_dumps(dumps, args.dumps, _jobs(args.jobs), folder), left=0)  # fmt: skip
        yield _table("One text", ["blocks", "MB", "stories", "seconds", "CPU, s", "µs a block", "CPU, µs a block",
                                  "memory, MB"], one_text(args.blocks, args.stories), left=0)  # fmt: skip
        yield _table("Cold start", ["command", "seconds"], cold_start(dumps, folder, args.times), left=1)
    notes = NOTES.format(times=args.times)
    if args.peer_dumps:
        yield _table("Peers", ["splitter", "dumps a second", "ms a dump", "times ours", "of it embedding"],
                     peers(args.peer_dumps, args.stories), left=1)  # fmt: skip
        notes += PEERS_NOTE.format(dumps=args.peer_dumps, encoder=ENCODER)
    if args.profile:
        yield _table("Where the time goes", ["part", "share", "ms a dump"], profile(PROFILED, args.stories), left=1)
        notes += SHARES_NOTE.format(dumps=PROFILED)
    yield notes


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    args = _arguments(argv)
    begun, parts = time.perf_counter(), []
    try:
        for part in sections(args):
            print(part, end="\n\n", flush=True)
            parts.append(part)
        parts.append(f"All of this took {(time.perf_counter() - begun) / 60:.1f} minutes.")
        print(parts[-1])
        if args.out:
            with open_output(args.out) as out:
                out.write(("\n\n".join(parts) + "\n").encode())
    except SegmenterError as error:
        print(f"segmenter: {error}", file=sys.stderr)
        return 1
    return 0


def _run(name: str, count: int, stories: str) -> Any:
    """What `scaling_runs` finds; peers get one thread, as everything else takes one, and no network."""
    one = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"} if name == "peers" else {}
    command = ["-m", f"{__package__}.scaling_runs", name, str(count), stories]
    return json.loads(usage(command, **one).output.splitlines()[-1])


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _jobs(most: int) -> list[int]:
    """1, 2, 4 ... up to `most`, or the cores there are."""
    most = min(most, usable_cores())
    return [*(2**power for power in range(most.bit_length()) if 2**power < most), most]


def _table(title: str, head: Sequence[str], rows: Iterator[list[str]], left: int) -> str:
    body = []
    for row in rows:
        body.append(row)
        if sys.stderr is not None and sys.stderr.isatty():
            print(f"{title}: {'  '.join(row)}", file=sys.stderr, flush=True)
    return "\n".join([f"**{title}**", "", *markdown(head, body, left)])


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:,.0f}"


def _machine() -> str:
    """The processor and the cores, as far as the system tells."""
    model = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{usable_cores()} cores ({model}), Python {platform.python_version()}"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation.scaling", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--dumps", type=_positive, nargs="+", default=DUMPS, metavar="N", help="numbers of dumps (%(default)s)")
    add("--blocks", type=_positive, nargs="+", default=BLOCKS, metavar="N", help="lines of one text (%(default)s)")
    add("--jobs", type=_positive, default=8, metavar="N", help="1, 2, 4 ... N jobs, not more than cores (%(default)s)")
    add("--peer-dumps", type=int, default=PEER_DUMPS, metavar="N", help="dumps for peers; 0: no peers (%(default)s)")
    add("--times", type=_positive, default=TIMES, metavar="N", help="cold starts are the best of N (%(default)s)")
    add("--profile", action="store_true", help="tell where the time goes, too")
    add("--stories", default="data/stories.jsonl", metavar="FILE", help="what dumps are made of (%(default)s)")
    add("--folder", metavar="DIR", help="where dumps are written, 1.5 GB for 100,000 (the system's for what is "
                                        "temporary)")  # fmt: skip
    add("--out", metavar="FILE", help="write the tables there, too")
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is wanted, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
