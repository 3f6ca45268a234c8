"""Which part of the output holds what: inputs are cut and gathered into parts, always in the same way."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InputError
from ..io.jsonl import line_ranges
from ..io.readers import File, input_files

ROWS = 20_000
"""Rows of a Parquet file that make a part: minutes of work, and files of tens of megabytes."""

SIZE = 16 << 20
"""Bytes of a file of JSON lines that make a part: about as much work."""

GATHERED_FILES, GATHERED_BYTES = 1_000, 4 << 20
"""Files of one dump each that make a part, and their size at most."""

_PIECE = 1 << 14


@dataclass(frozen=True, slots=True)
class Input:
    """An input file as it was found.

    Parameters
    ----------
    path, name : str
        As given, and what its dumps are called.
    bytes : int or None
        Its size; None where there is no such file, or it is none on a disk.
    modified : float or None
        When it was changed last, in seconds since 1970.
    sample : str or None
        See `sample`.
    """

    path: str
    name: str
    bytes: int | None = None
    modified: float | None = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows or lines of an input; those from `start` up to `stop`, which is not among them, or to the end.

    `offset` is the byte at which line `start` of a file of JSON lines begins.
    """

    input: Input
    start: int = 0
    stop: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What one file of the output is made of.

    Parameters
    ----------
    number : int
        Its place, from 0.
    pieces : tuple of Piece
    made_of : str
        The same for the same pieces of the same inputs, whatever their place.
    """

    number: int
    pieces: tuple[Piece, ...]
    made_of: str


def plan(paths: Iterable[str], rows: int = ROWS, size: int = SIZE,
         encoding: str | None = None) -> tuple[list[Part], list[InputError]]:  # fmt: skip
    """The parts that `paths` are to be made into, in their order, and the errors of paths that stand for no file.

    A Parquet file gives parts of at most `rows` rows, which end where its row groups do if they can. A file of JSON
    lines that is larger than `size` bytes, and not compressed, gives parts that end with the line in which they become
    as large; to number the lines, it is read. Files of one dump each are gathered, as long as they are small. Any other
    file is a part: where a row of CSV begins, with line ends in its fields, or a record of compressed data, only
    reading all before it tells.
    """
    files: list[File] = []
    errors: list[InputError] = []
    for found in input_files(paths):
        if isinstance(found, InputError):
            errors.append(found)
        else:
            files.append(found)
    seen: Counter[str] = Counter()
    parts = []
    for number, pieces in enumerate(_gathered(files, rows, size, encoding)):
        content = json.dumps([asdict(piece) for piece in pieces], sort_keys=True)
        made_of = hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        seen[made_of] += 1  # an input may be named twice
        parts.append(Part(number, pieces, f"{made_of}-{seen[made_of]}"))
    return parts, errors


def sample(path: str | os.PathLike[str]) -> str:
    """A fingerprint of a file's size, beginning, middle and end, which takes no time however large it is.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(str(size).encode())
        for place in sorted({0, max(size // 2 - _PIECE // 2, 0), max(size - _PIECE, 0)}):
            file.seek(place)
            digest.update(file.read(_PIECE))
    return digest.hexdigest()[:32]


def cut(groups: Iterable[int], rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most `rows` rows; `groups` are the sizes of row groups, at whose ends it cuts where it can."""
    start = end = 0
    for size in groups:
        if start < end and end + size - start > rows:
            yield start, end
            start = end
        end += size
        while end - start > rows:
            yield start, start + rows
            start += rows
    if start < end:
        yield start, end


def _gathered(files: Iterable[File], rows: int, size: int, encoding: str | None) -> Iterator[tuple[Piece, ...]]:
    waiting: list[Piece] = []
    held = 0
    for file in files:
        found = _input(file)
        own = found.bytes or 0
        small = file.single and own <= GATHERED_BYTES
        if waiting and (not small or len(waiting) == GATHERED_FILES or held + own > GATHERED_BYTES):
            yield tuple(waiting)
            waiting, held = [], 0
        if small:
            waiting.append(Piece(found))
            held += own
        else:
            yield from ((piece,) for piece in _pieces(file, found, rows, size, encoding))
    if waiting:
        yield tuple(waiting)


def _pieces(file: File, found: Input, rows: int, size: int, encoding: str | None) -> list[Piece]:
    pieces: list[Piece] = []
    if file.ending == ".parquet":
        from ..io.tables import row_groups  # here: it is not always that there is such a file

        pieces = [Piece(found, start, stop) for start, stop in cut(row_groups(file.path), rows)]
    elif file.ending in (".jsonl", ".ndjson") and (found.bytes or 0) > size:
        pieces = [Piece(found, *place) for place in line_ranges(file.path, encoding, size)]
    return pieces or [Piece(found)]


def _input(file: File) -> Input:
    try:
        found = os.stat(file.path)
        if stat.S_ISREG(found.st_mode):  # a pipe can be read but once
            return Input(*file, found.st_size, found.st_mtime, sample(file.path))
    except (OSError, ValueError):  # reading it says what is wrong
        pass
    return Input(*file)


def size_of(path: str) -> int | None:
    """The size of a file; None where there is none, or it is no file on a disk."""
    with suppress(OSError, ValueError):
        found = os.stat(path)
        return found.st_size if stat.S_ISREG(found.st_mode) else None
    return None


def to_record(part: Part) -> list[dict[str, Any]]:
    """The pieces of `part` as JSON values, for people to read."""
    return [{"path": os.fsencode(piece.input.path).decode("utf-8", "replace"), "bytes": piece.input.bytes,
             "modified": piece.input.modified, "sample": piece.input.sample}
            | ({} if piece.stop is None else {"start": piece.start, "stop": piece.stop})
            for piece in part.pieces]  # fmt: skip
