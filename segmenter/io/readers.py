"""Readers: from files and standard input to dumps, one at a time.

What cannot be read comes out as a value, an `InputError`, in its place among the dumps; reading goes on after it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from .decoding import REMEDY, UnmarkedError, check_encoding, encoding_of, text_lines, undecodable, why_not
from .values import plain, surrogate_at

STDIN = "standard input"
_TYPE_NAMES = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "an object"}


@dataclass(frozen=True)
class Dump:
    """One text to split, with what the input says about it.

    Parameters
    ----------
    text : str
        As it stands in the input, line ends included.
    id : str
        The input's, or the name of the file without its ending, with ":" and the number of the line or row where a
        file holds several. Where that does not tell two files apart, their paths as given stand in place of the names.
    date : str or None
        The input's, dates as ISO 8601.
    meta : mapping
        All other columns, as JSON values.
    source, place : str
        File and place in it, as in `InputError`.
    named : bool
        Whether the id is the input's own.
    modified : float or None
        When the file was changed last, in seconds since 1970; None where that cannot be told.
    """

    text: str
    id: str
    date: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    source: str = ""
    place: str = ""
    named: bool = field(default=False, compare=False)
    modified: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Origin:
    """Where a reader reads, how, and what it calls the dumps."""

    path: str
    name: str
    text_column: str = "text"
    encoding: str | None = None
    modified: float | None = None

    @property
    def source(self) -> str:
        """The path as text that can be printed and written."""
        return STDIN if self.path == "-" else _shown(self.path)

    def error(self, place: str, reason: str, remedy: str = "") -> InputError:
        """An error in this file."""
        return InputError(self.source, place, reason, remedy)

    def dump(self, record: Mapping[str, Any], place: str, number: int) -> Dump | InputError:
        """Make a dump of one record, the `number`-th of the file."""
        column = self.text_column
        if column not in record:
            return self.missing_column(list(record), place)
        text = record[column]
        if text is None:
            return self.error(place, f"{column!r} is missing (null)", "give it a text, or leave the record out")
        if not isinstance(text, str):
            found = _TYPE_NAMES.get(type(text), f"a {type(text).__name__}")
            return self.error(place, f"{column!r} is {found}, not a text", "name the text with --text-column")
        at = surrogate_at(text)
        if at is not None:
            half = f"U+{ord(text[at]):04X}, half of a surrogate pair"
            return self.error(place, f"{column!r} holds {half}, at offset {at}", "write both halves, or remove it")
        try:
            rest = plain({key: value for key, value in record.items() if key != column})
            dump_id, date = _label("id", rest.pop("id", None)), _label("date", rest.pop("date", None))
        except (ValueError, RecursionError) as error:
            return self.error(place, str(error), "correct the record")
        return Dump(text, dump_id or f"{self.name}:{number}", date, rest, self.source, place, dump_id is not None,
                    self.modified)  # fmt: skip

    def missing_column(self, columns: list[str], place: str) -> InputError:
        """The error of a record or table without the text."""
        found = ", ".join(repr(name) for name in columns[:8]) + (", ..." if len(columns) > 8 else "")
        return self.error(place, f"has no column {self.text_column!r}, only {found or 'an empty record'}",
                          "name the column that holds the text with --text-column")  # fmt: skip


def read_dumps(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    text_column: str = "text",
    encoding: str | None = None,
) -> Iterator[Dump | InputError]:
    """Read dumps, one at a time and in order.

    Parameters
    ----------
    paths : path or iterable of paths
        ``.txt`` files hold one dump; ``.jsonl``, ``.ndjson``, ``.csv`` and ``.parquet`` files one a line or row; "-" is
        standard input, one dump; any other ending is read as text. A directory stands for its files of these endings,
        by name; not for those in directories below it.
    text_column : str
        Column of the text. The columns ``id`` and ``date`` are optional, all others are carried through.
    encoding : str, optional
        Of text, JSON and CSV. By default UTF-8, or what a byte order mark of UTF-16 or UTF-32 says. The U+FEFF at the
        start of a UTF-8 text file is part of the text, since offsets count from there; at the start of JSON and CSV it
        belongs to the file and is left out.

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
    return _read_all([os.fspath(path) for path in paths], text_column, encoding)


def _read_all(paths: Iterable[str], text_column: str, encoding: str | None) -> Iterator[Dump | InputError]:
    files = list(_files(paths))
    names = _names([file for file in files if isinstance(file, str)])
    for file in files:
        if isinstance(file, InputError):
            yield file
        else:
            yield from _guarded(_reader(file), Origin(file, names[file], text_column, encoding, _modified(file)))


def _guarded(read: Callable[[Origin], Iterator[Dump | InputError]], origin: Origin) -> Iterator[Dump | InputError]:
    try:
        yield from read(origin)
    except UnmarkedError as error:
        yield origin.error(error.place, error.reason, error.remedy)
    except FileNotFoundError:
        yield origin.error("", "there is no such file", "check the path")
    except PermissionError:
        yield origin.error("", "the file may not be read", "check its permissions")
    except (OSError, ValueError, MemoryError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        yield origin.error("", f"cannot be read: {reason}", "check the file")


def _modified(path: str) -> float | None:
    if path == "-":
        return None
    try:
        return os.stat(path).st_mtime
    except (OSError, ValueError):  # reading it says what is wrong
        return None


def in_directory(name: str) -> bool:
    """Whether a file of this name is read where its directory is given."""
    return _ending(name) in READERS and not name.startswith(".")


def _files(paths: Iterable[str]) -> Iterator[str | InputError]:
    """The paths with each directory replaced by its files, or by the reason why it has none."""
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        try:
            names = sorted(filter(in_directory, os.listdir(path)))
        except OSError as error:
            yield InputError(_shown(path), "", f"the directory cannot be read: {error.strerror}",
                             "check its permissions")  # fmt: skip
            continue
        files = [file for name in names if not os.path.isdir(file := os.path.join(path, name))]
        if not files:
            reason = f"the directory holds no file that ends in {', '.join(READERS)}"
            yield InputError(_shown(path), "", reason, "name the files")
        yield from files


def _names(paths: list[str]) -> dict[str, str]:
    """What the dumps of each file are called: its name without ending, and more of its path where others share that.

    A text and a table may share a name, since a dump of a table has a number too.
    """
    names: dict[str, str] = {}
    for texts in (True, False):
        longer = {path: _longer_names(path) for path in paths if (_reader(path) in (_read_text, _read_stdin)) == texts}
        found = {path: next(more) for path, more in longer.items()}
        while True:
            counts = Counter(found.values())
            # Of those that share a name all get a longer one, lest it depend on their order. A longer one may be that
            # of a third, hence the loop; it ends with whole paths, which differ.
            shared = {path: more for path, name in found.items() if counts[name] > 1
                      and (more := next(longer[path], None)) is not None}  # fmt: skip
            if not shared:
                break
            found |= shared
        names |= found
    return names


def _longer_names(path: str) -> Iterator[str]:
    if path == "-":
        return iter(("stdin",))
    shown = _shown(path)
    return iter((Path(shown).stem, os.path.splitext(shown)[0], shown))


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


def _reader(path: str) -> Callable[[Origin], Iterator[Dump | InputError]]:
    return _read_stdin if path == "-" else READERS.get(_ending(path), _read_text)


def _read_stdin(origin: Origin) -> Iterator[Dump | InputError]:
    if sys.stdin is None:
        yield origin.error("", "it is closed", "pipe a text into it, or name a file")
        return
    yield _text_dump(origin, sys.stdin.buffer.read())


def _read_text(origin: Origin) -> Iterator[Dump | InputError]:
    yield _text_dump(origin, Path(origin.path).read_bytes())


def _text_dump(origin: Origin, raw: bytes) -> Dump | InputError:
    used = encoding_of(raw, origin.encoding)
    try:
        text = raw.decode(used)
    except UnicodeError as error:
        return origin.error(*why_not(error, used), REMEDY)
    at = surrogate_at(text)
    if at is not None:
        return origin.error(f"offset {at}", f"half of a surrogate pair, U+{ord(text[at]):04X}", REMEDY)
    return Dump(text, origin.name, source=origin.source, modified=origin.modified)


def _read_jsonl(origin: Origin) -> Iterator[Dump | InputError]:
    number = 0
    with open(origin.path, "rb") as raw:
        lines, encoding = text_lines(raw, origin.encoding, "\n")
        try:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _json_dump(origin, line, number, encoding)
        except UnicodeError as error:
            _, reason = why_not(error, encoding)
            yield origin.error(f"line {number + 1}", f"{reason}; the lines after it were not read", REMEDY)


def _json_dump(origin: Origin, line: str, number: int, encoding: str) -> Dump | InputError:
    place = f"line {number}"
    reason = undecodable(line, encoding)
    if reason is not None:
        return origin.error(place, reason, REMEDY)
    try:
        record = json.loads(line, parse_constant=lambda _: None)
    except RecursionError:
        return origin.error(place, "JSON nested too deeply", "make the record flat")
    except json.JSONDecodeError as error:
        return origin.error(place, f"not valid JSON: {error.msg} at column {error.colno}",
                            "write one JSON object a line")  # fmt: skip
    except ValueError as error:
        return origin.error(place, f"not valid JSON: {error}", "write one JSON object a line")
    if not isinstance(record, dict):
        found = _TYPE_NAMES.get(type(record), "a text" if isinstance(record, str) else "null")
        return origin.error(place, f"{found}, not a JSON object", 'write lines such as {"text": "..."}')
    return origin.dump(record, place, number)


def _read_csv(origin: Origin) -> Iterator[Dump | InputError]:
    from .tables import read_csv

    return read_csv(origin)


def _read_parquet(origin: Origin) -> Iterator[Dump | InputError]:
    from .tables import read_parquet

    return read_parquet(origin)


def _label(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{name!r} is {_TYPE_NAMES[type(value)]}, not a text or a number")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


READERS: dict[str, Callable[[Origin], Iterator[Dump | InputError]]] = {
    ".txt": _read_text,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
