"""Throws mutated bytes at what reads strangers' input, for a given time; not run by pytest.

``python tests/fuzz.py --seconds 60`` prints how many inputs each target got, and stops at the first that breaks one,
which it leaves in a file. With atheris (``pip install atheris``) the mutations follow the coverage, or else chance.
``python tests/fuzz.py --only readers FILE`` tries one input again.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parents[1])]
counted: AbstractContextManager[object] = nullcontext()
if __name__ == "__main__" and "--atheris" in sys.argv:
    import atheris

    counted = atheris.instrument_imports(include=["segmenter"])  # what is loaded within tells which code is reached
with counted:
    import segmenter.io.origin
    from segmenter import InputError, Segmenter, blocks
    from segmenter.blocks import split_blocks, split_sentences
    from segmenter.io import Dump, http_page, json_line, plain, read_dumps, tables  # noqa: F401

from archives import members, record, response  # noqa: E402
from strategies import PIECES  # noqa: E402

ENDINGS = ("txt", "jsonl", "csv", "parquet", "warc", "bin", "jsonl.gz", "csv.gz", "warc.gz", "jsonl.zst", "txt.gz")
AWKWARD = (b"\n", b'"', b"\0", b"\xff", b"[", b"{", b"\r\n\r\n", b"9" * 20, b"\\ud800")
SLOW = 5.0
"""Seconds that no input of a few kilobytes may take."""


def seeds() -> list[bytes]:
    """Inputs of each kind to begin with."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = b'{"text": "a\\u0627", "id": 1, "date": "2024", "n": [1.5, {"x": null}]}\n' * 3
    chunked = response(2, b"5\r\nhello\r\n0\r\n\r\n", extra="Transfer-Encoding: chunked\r\n")
    packed = response(3, gzip.compress(b"x"), extra="Content-Encoding: gzip\r\n")
    pages = [record(1, "one"), chunked, packed, record(4, "x", "request")]
    table = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", None], "t": pa.array([1, 2], pa.timestamp("us", "UTC"))}), table)
    return [
        lines, b'text,id\n"a ""b""\nc",1\n' * 3, b"".join(pages), members(*pages), gzip.compress(lines),
        table.getvalue(),
        pa.Codec("zstd").compress(lines, asbytes=True), "".join(PIECES).encode(), lines.decode().encode("utf-16"),
        "\n".join(PIECES).encode(), " ".join(PIECES * 3).encode(),
    ]  # fmt: skip


def target_readers(data: bytes) -> None:
    """Any bytes under any name: dumps and errors, nothing else."""
    folder = Path(target_readers.folder)  # type: ignore[attr-defined]
    path = folder / f"a.{ENDINGS[data[0] % len(ENDINGS)] if data else 'txt'}"
    path.write_bytes(data[1:])
    for found in read_dumps(path, max_chars=2000):
        assert isinstance(found, Dump | InputError)
        if isinstance(found, Dump):
            assert len(found.text) <= 2000
            json_line({"text": found.text, "id": found.id, "date": found.date, "meta": found.meta})
        else:
            assert found.remedy and "report this" not in found.remedy, found
    path.unlink()


def target_json(data: bytes) -> None:
    """What JSON can say can be made strict, or is refused in words."""
    try:
        value = plain(json.loads(data))
    except (ValueError, RecursionError):
        return
    assert json.loads(json_line(value)) == value


def target_blocks(data: bytes) -> None:
    """Blocks and sentences are in order and hold all that can be seen."""
    text = data.decode("utf-8", "replace")
    for spans in (split_blocks(text), split_sentences(text)):
        at = 0
        for span in spans:
            assert at <= span.start < span.end and _unseen(text[at : span.start])
            at = span.end
        assert _unseen(text[at:])


def _unseen(text: str) -> bool:
    return all(not part or blocks._INVISIBLE.fullmatch(part) for part in text.split())


def target_split(data: bytes) -> None:
    """Segments tile the text, whatever it is."""
    text = data.decode("utf-8", "replace")
    document = _segmenter().split(text)
    assert "".join(segment.of(text) for segment in document.segments) == text


def _segmenter(made: list[Segmenter] = []) -> Segmenter:  # noqa: B006
    if not made:
        made.append(Segmenter())
    return made[0]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "readers": target_readers, "json": target_json, "blocks": target_blocks, "split": target_split,
}  # fmt: skip


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """`data`, changed in a few places."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randint(0, len(changed))
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + chance.choice((1, 2, 8, 64))]
            case 2:
                changed[at:at] = changed[at : at + chance.choice((4, 32, 256))] * chance.choice((1, 3))
            case 3:
                other = chance.choice(others)
                begin = chance.randrange(len(other))
                changed[at:at] = other[begin : begin + chance.choice((4, 32, 256))]
            case _:
                changed[at:at] = chance.choice(AWKWARD)
    return bytes(changed[:8192])


def by_chance(only: list[str], seconds: float, seed: int) -> None:
    """Mutate the seeds at random."""
    chance, corpus, counts = random.Random(seed), seeds(), Counter[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name in only:
            data = mutated(chance.choice(corpus), chance, corpus)
            if name == "readers":
                data = bytes([chance.randrange(len(ENDINGS))]) + data
            attempt(name, data)
            counts[name] += 1
    print(json.dumps({"seconds": seconds, "seed": seed, "inputs": counts}))


def by_coverage(name: str, seconds: float) -> None:
    """Let atheris look for inputs that reach new code; it ends the process."""
    count, end = 0, time.monotonic() + seconds

    def one(data: bytes) -> None:
        nonlocal count
        count += 1
        attempt(name, data)
        if time.monotonic() > end:  # not its own limit: that leaves without a word
            print(json.dumps({"seconds": seconds, "atheris": name, "inputs": count}), flush=True)
            rmtree(folder.parent)
            os._exit(0)

    folder = Path(target_readers.folder) / "corpus"  # type: ignore[attr-defined]
    folder.mkdir()
    for number, data in enumerate(seeds()):
        for ending in range(len(ENDINGS)) if name == "readers" else (0,):
            (folder / f"{number}-{ending}").write_bytes(bytes([ending]) * (name == "readers") + data)
    limits = ["-max_len=8192", "-rss_limit_mb=4096", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, str(folder)], one)
    atheris.Fuzz()


def attempt(name: str, data: bytes) -> None:
    """Try one input; keep it if it breaks the target."""
    began = time.monotonic()
    try:
        TARGETS[name](data)
        assert (took := time.monotonic() - began) < SLOW, f"{took:.1f} s"
    except BaseException:
        broken = Path(f"fuzz-{name}-{os.getpid()}.bin").absolute()
        broken.write_bytes(data)
        print(f"{broken} breaks {name}", file=sys.stderr)
        raise


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=TARGETS, action="append")
    parser.add_argument("--atheris", action="store_true", help="follow the coverage; takes one --only")
    parser.add_argument("inputs", nargs="*", type=Path, help="files to try again, instead")
    given = parser.parse_args()
    segmenter.io.origin._ROOM = 4000
    with TemporaryDirectory() as folder:
        target_readers.folder = folder  # type: ignore[attr-defined]
        if given.inputs:
            for path in given.inputs:
                for name in given.only or TARGETS:
                    attempt(name, path.read_bytes())
        elif given.atheris:
            by_coverage((given.only or ["readers"])[0], given.seconds)
        else:
            by_chance(given.only or list(TARGETS), given.seconds, given.seed)
