"""``python -m segmenter.evaluation.crawl``: what a slice of a web crawl takes, in machines and hours.

python -m segmenter.evaluation.crawl --pages 500e6 --cores 16 --machines 1 8 64

The rate is measured first, for some seconds: made-up pages in a compressed WET file, through all that `segmenter split`
does with it. The rest is arithmetic, and what it takes for granted is printed below it.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..corpus import split_corpus
from ..segmenter import Segmenter
from .archive_stream import Stream
from .memory import peak

PAGES, CHARACTERS, CORES, MACHINES, SECONDS = 500_000_000, 4_000, 16, (1, 4, 16, 64), 5.0

NOTES = """\
{how}
In all {total[0]:,.1f} TB to read (WET, gzip) and {total[1]:,.1f} TB to write (Parquet, with the texts); a machine reads
{speed[0]:.1f} MB a second and writes {speed[1]:.1f}. Taken for granted: {pages:,} pages of {characters:,} characters on
average; {cores} real cores a machine, each as fast as the measured one while all are busy; disks that keep up; many
more parts than cores. The pages are made up (words in Arabic script, a menu, an article, links). Real ones differ,
so measure some of yours (time `segmenter split` on a file of them, and give --rate) before you hire machines."""


class Rates(NamedTuple):
    """What was measured in one process.

    Parameters
    ----------
    pages, characters : int
    seconds : float
    read, written : float
        Bytes of the compressed input and of the output, a character.
    memory : int
        Peak of this process in bytes.
    """

    pages: int
    characters: int
    seconds: float
    read: float
    written: float
    memory: int

    @property
    def rate(self) -> float:
        """Characters a second."""
        return self.characters / self.seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    args = _arguments(argv)
    found = measure(args.characters, args.seconds)
    rate = found.rate if args.rate is None else args.rate * args.characters
    print(table(args.pages, args.characters, rate, args.cores, args.machines))
    machine = args.cores * rate / 1e6  # millions of characters a second
    total = args.pages * args.characters / 1e12
    if args.rate is None:
        how = (f"Measured: {found.pages:,} pages of {found.characters / found.pages:,.0f} characters in "
               f"{found.seconds:.1f} s, {found.pages / found.seconds:,.0f} a second, in one process, which took "
               f"{found.memory / 1e6:,.0f} MB.")  # fmt: skip
    else:
        how = f"Given: {args.rate:,.0f} pages a second and core."
    print("\n" + NOTES.format(how=how, pages=args.pages, characters=args.characters, cores=args.cores,
                              total=[total * found.read, total * found.written],
                              speed=[machine * found.read, machine * found.written]))  # fmt: skip
    return 0


def table(pages: int, characters: int, rate: float, cores: int, machines: Sequence[int]) -> str:
    """Machines, cores, pages a second, and how long it takes; `rate` in characters a second and core."""
    lines = ["| machines | cores | pages a second | hours | days |", f"|{'--:|' * 5}"]
    for count in machines:
        speed = count * cores * rate / characters
        hours = pages / speed / 3600
        lines.append(f"| {count:,} | {count * cores:,} | {speed:,.0f} | {hours:,.1f} | {hours / 24:,.1f} |")
    return "\n".join(lines)


def measure(characters: int, seconds: float) -> Rates:
    """Split pages for about so many seconds, after some that load the models and say how many that will be."""
    segmenter = Segmenter()
    pages = made_up(characters)
    with TemporaryDirectory() as place:
        _run(Path(place) / "warm", segmenter, pages, 5)
        first = _run(Path(place) / "first", segmenter, pages, 20)
        count = max(int(seconds * first.pages / first.seconds), 20)
        return _run(Path(place) / "all", segmenter, pages, count)


def _run(place: Path, segmenter: Segmenter, pages: Iterator[str], count: int) -> Rates:
    place.mkdir()
    texts = [next(pages) for _ in range(count)]
    source, folder = place / "pages.warc.wet.gz", place / "out"
    with open(source, "wb") as file:
        for number, text in enumerate(texts):
            file.write(gzip.compress(wet_record(text, number), mtime=0))
    begun = time.perf_counter()
    split_corpus([source], folder, segmenter)
    seconds = time.perf_counter() - begun
    written = sum(path.stat().st_size for path in folder.glob("part-*"))
    length = sum(map(len, texts))
    return Rates(count, length, seconds, source.stat().st_size / length, written / length, peak())


def made_up(characters: int) -> Iterator[str]:
    """Pages without end, the same ones every time: a menu, an article, links to others, and a last line."""
    stream = Stream(1_000)
    number = 0
    while True:
        draw = random.Random(f"page {number}")
        words = stream.text(number).body.split()
        lines = [" ".join(draw.choices(words, k=draw.randint(1, 3))) for _ in range(draw.randint(10, 40))]
        links = [stream.text(number + step).title for step in range(1, draw.randint(4, 14))]
        room = draw.expovariate(1 / (0.8 * characters))
        lines.append(stream.text(number).title)
        length = sum(map(len, lines)) + sum(map(len, links))
        while length < room:
            sentences = (" ".join(draw.choices(words, k=draw.randint(8, 30))) + "." for _ in range(draw.randint(1, 4)))
            lines.append(" ".join(sentences))
            length += len(lines[-1])
        yield "\n".join([*lines, *links, "© 2024"]) + "\n"
        number += 1


def wet_record(text: str, number: int) -> bytes:
    """A page as it stands in a WET file."""
    body = text.encode()
    header = (f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://page{number}.example/\r\n"
              f"WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
              f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n")  # fmt: skip
    return header.encode() + body + b"\r\n\r\n"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation.crawl", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--pages", type=lambda value: int(float(value)), default=PAGES, metavar="N", help="such as 500e6 (the default)")
    add("--characters", type=int, default=CHARACTERS, metavar="N", help="of a page, on average (%(default)s)")
    add("--cores", type=int, default=CORES, metavar="N", help="of a machine (%(default)s)")
    add("--machines", type=int, nargs="+", default=MACHINES, metavar="N", help="a line each (%(default)s)")
    add("--seconds", type=float, default=SECONDS, metavar="S", help="to measure for (%(default)s)")
    add("--rate", type=float, metavar="R", help="pages a second and core, instead of the measured rate")
    args = parser.parse_args(argv)
    if min(args.pages, args.characters, args.cores, *args.machines) < 1 or not (args.rate is None or args.rate > 0):
        parser.error("--pages, --characters, --cores and --machines are 1 or more, and --rate more than 0")
    return args


if __name__ == "__main__":
    sys.exit(main())
