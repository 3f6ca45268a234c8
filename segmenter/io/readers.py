"""Readers: from files and standard input to dumps, one at a time.

What cannot be read comes out as a value, an `InputError`, in its place among the dumps; reading goes on after it.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from .compression import DamagedError, pieces
from .decoding import REMEDY, UnmarkedError, check_encoding, encoding_of, why_not
from .jsonl import read_jsonl
from .meter import Meter
from .origin import MAX_CHARS, Dump, Origin, shown, split_ending
from .values import surrogate_at
from .warc import START as WARC
from .warc import read_warc, warc_records

_WIDEST = 4  # bytes of a code point, in UTF-8 as in UTF-32


def read_dumps(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    text_column: str = "text",
    encoding: str | None = None,
    max_chars: int = MAX_CHARS,
    notice: Callable[[str], None] | None = None,
    meter: Meter | None = None,
) -> Iterator[Dump | InputError]:
    """Read dumps, one at a time and in order.

    Parameters
    ----------
    paths : path or iterable of paths
        ``.txt`` files hold one dump; ``.jsonl``, ``.ndjson``, ``.csv`` and ``.parquet`` files one a line or row; "-" is
        standard input, one dump; any other ending is read as text. ``.warc`` and ``.wet`` files hold one dump a page,
        and what has another ending or none, or is standard input, is such an archive if it begins so. All but Parquet
        may be compressed with gzip or zstd, under the further ending ``.gz`` or ``.zst`` or not. A directory stands for
        its files of these endings, by name; not for those in directories below it.
    text_column : str
        Column of the text. The columns ``id`` and ``date`` are optional, all others are carried through.
    encoding : str, optional
        Of text, JSON and CSV. By default UTF-8, or what a byte order mark of UTF-16 or UTF-32 says. The U+FEFF at the
        start of a UTF-8 text file is part of the text, since offsets count from there; at the start of JSON and CSV it
        belongs to the file and is left out. Of the pages of an archive that do not name theirs.
    max_chars : int
        A dump of more code points is an error, rather than a danger to memory. So is a line of JSON six times as long,
        or a row of CSV twice as long (but none that is shorter than 16 million).
    notice : callable, optional
        Told, in a sentence, what was left out on purpose, such as the pages of an archive that are no plain text.
    meter : Meter, optional
        Tells how far reading has come.

    Returns
    -------
    iterator of Dump or InputError
        An error stands where the dump would.

    Raises
    ------
    SegmenterError
        If `encoding` is unknown.
    """
    if encoding is not None:
        check_encoding(encoding)
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    base = Origin("", "", text_column, encoding, max_chars=max_chars, notice=notice or (lambda _: None),
                  meter=meter)  # fmt: skip
    return _read_all([os.fspath(path) for path in paths], base)


def _read_all(paths: Iterable[str], base: Origin) -> Iterator[Dump | InputError]:
    meter = base.meter
    for file in _measured(input_files(paths), meter) if meter is not None else input_files(paths):
        if isinstance(file, InputError):
            yield file
            continue
        yield from read_file(replace(base, path=file.path, name=file.name))
        if meter is not None:
            meter.end()


def _measured(files: Iterable[File | InputError], meter: Meter) -> list[File | InputError]:
    found = list(files)
    for file in found:
        if isinstance(file, File):
            meter.add(file.path)
    return found


class File(NamedTuple):
    """An input file, and what its dumps are called."""

    path: str
    name: str

    @property
    def single(self) -> bool:
        """Whether it holds one dump, if it is no archive."""
        return _reader(self.path) in (_read_text, _read_any)

    @property
    def ending(self) -> str:
        """That of the format, in lower case."""
        return split_ending(self.path)[1]


def input_files(paths: Iterable[str]) -> Iterator[File | InputError]:
    """The files that `paths` stand for, in the order in which `read_dumps` reads them."""
    files = list(_files(paths))
    longer = _longer([file for file in files if isinstance(file, str)])
    for file in files:
        yield file if isinstance(file, InputError) else File(file, _names(file)[longer.get(file, 0)])


def read_file(origin: Origin) -> Iterator[Dump | InputError]:
    """Read one file, or some of its rows, as `read_dumps` does among others."""
    return _guarded(_reader(origin.path), replace(origin, modified=_modified(origin.file)))


def _guarded(read: Callable[[Origin], Iterator[Dump | InputError]], origin: Origin) -> Iterator[Dump | InputError]:
    try:
        yield from read(origin)
    except (UnmarkedError, DamagedError) as error:
        yield origin.error(error.place, error.reason, error.remedy)
    except FileNotFoundError:
        yield origin.error("", "there is no such file", "check the path")
    except PermissionError:
        yield origin.error("", "the file may not be read", "check its permissions")
    except (OSError, ValueError, MemoryError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        yield origin.error("", f"cannot be read: {reason}", "check the file")
    except Exception as error:  # of whatever kind: one file must not take the others with it
        reason = f"cannot be read, {type(error).__name__}: {error}"
        yield origin.error("", reason, "please report this, with the input")


def _modified(path: str) -> float | None:
    if path == "-":
        return None
    try:
        return os.stat(path).st_mtime
    except (OSError, ValueError):  # reading it says what is wrong
        return None


def in_directory(name: str) -> bool:
    """Whether a file of this name is read where its directory is given."""
    return split_ending(name)[1] in READERS and not name.startswith(".")


def _files(paths: Iterable[str]) -> Iterator[str | InputError]:
    """The paths with each directory replaced by its files, or by the reason why it has none."""
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        try:
            names = sorted(filter(in_directory, os.listdir(path)))
        except OSError as error:
            yield InputError(shown(path), "", f"the directory cannot be read: {error.strerror}",
                             "check its permissions")  # fmt: skip
            continue
        files = [file for name in names if not os.path.isdir(file := os.path.join(path, name))]
        if not files:
            reason = f"the directory holds no file that ends in {', '.join(READERS)}"
            yield InputError(shown(path), "", reason, "name the files")
        yield from files


def _longer(paths: list[str]) -> dict[str, int]:
    """Which of its `_names` the dumps of each file are called by: the first that no other has. Only those not at 0.

    A text and a table may share a name, since a dump of a table has a number too.
    """
    longer: dict[str, int] = {}
    for texts in (True, False):
        files = {path for path in paths if (_reader(path) in (_read_text, _read_any)) == texts}
        while True:
            counts = Counter(_names(path)[longer.get(path, 0)] for path in files)
            # Of those that share a name all get a longer one, lest it depend on their order. A longer one may be that
            # of a third, hence the loop; it ends with whole paths, which differ.
            shared = [path for path in files if (own := longer.get(path, 0)) + 1 < len(names := _names(path))
                      and counts[names[own]] > 1]  # fmt: skip
            if not shared:
                break
            longer |= {path: longer.get(path, 0) + 1 for path in shared}
    return longer


def _names(path: str) -> tuple[str, ...]:
    """What the dumps of a file may be called: its name without ending, and more of its path where others share that."""
    if path == "-":
        return ("stdin",)
    rest = shown(split_ending(path)[0])
    return (Path(rest).name or rest, rest, shown(path))


def _reader(path: str) -> Callable[[Origin], Iterator[Dump | InputError]]:
    return READERS.get("" if path == "-" else split_ending(path)[1], _read_any)


def _read_any(origin: Origin) -> Iterator[Dump | InputError]:
    """Read what no ending names: an archive, if it begins as one, or else a text."""
    if origin.path == "-" and sys.stdin is None:
        yield origin.error("", "it is closed", "pipe a text into it, or name a file")
        return
    with origin.open() as raw:
        if raw.peek(len(WARC)).startswith(WARC):
            yield from warc_records(origin, raw)
        else:
            yield _text_dump(origin, raw)


def _read_text(origin: Origin) -> Iterator[Dump | InputError]:
    with origin.open() as raw:
        yield _text_dump(origin, raw)


def _text_dump(origin: Origin, file: BufferedReader) -> Dump | InputError:
    longest = origin.max_chars * _WIDEST
    raw = b"".join(pieces(file, longest + 1))
    used = encoding_of(raw, origin.encoding)
    if len(raw) > longest:
        return origin.too_long("", origin.max_chars)
    try:
        text = raw.decode(used)
    except UnicodeError as error:
        return origin.error(*why_not(error, used), REMEDY)
    if len(text) > origin.max_chars:
        return origin.too_long("", origin.max_chars)
    at = surrogate_at(text)
    if at is not None:
        return origin.error(f"offset {at}", f"half of a surrogate pair, U+{ord(text[at]):04X}", REMEDY)
    return Dump(text, origin.name, source=origin.source, modified=origin.modified)


def _read_csv(origin: Origin) -> Iterator[Dump | InputError]:
    from .tables import read_csv

    return read_csv(origin)


def _read_parquet(origin: Origin) -> Iterator[Dump | InputError]:
    from .tables import read_parquet

    return read_parquet(origin)


READERS: dict[str, Callable[[Origin], Iterator[Dump | InputError]]] = {
    ".txt": _read_text,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".warc": read_warc,
    ".wet": read_warc,
}
