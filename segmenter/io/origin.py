"""A dump, and where it comes from: what every reader makes, and from what."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any

from ..errors import InputError
from .compression import ENDINGS, DamagedError, unpacked
from .meter import Meter
from .values import plain, surrogate_at

STDIN = "standard input"
MAX_CHARS = 10_000_000
"""Code points of the longest dump that is read unless another limit is given: some 2,000 articles."""

_ROOM = 1 << 24
_TYPE_NAMES = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "an object",
               str: "a text", type(None): "null"}  # fmt: skip


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
    """Where a reader reads, how, and what it calls the dumps.

    `start` and `stop` are rows of Parquet or lines of JSON, of which the first begins at the byte `offset`; other files
    are read as a whole.
    """

    path: str
    name: str
    text_column: str = "text"
    encoding: str | None = None
    modified: float | None = None
    max_chars: int = MAX_CHARS
    notice: Callable[[str], None] = lambda _: None
    root: str = ""
    start: int = 0
    stop: int | None = None
    offset: int = 0
    meter: Meter | None = None

    @property
    def file(self) -> str:
        """What to open: the path, from `root` on where that is given."""
        return os.path.join(self.root, self.path)

    @property
    def source(self) -> str:
        """The path as text that can be printed and written."""
        return STDIN if self.path == "-" else shown(self.path)

    def error(self, place: str, reason: str, remedy: str = "") -> InputError:
        """An error in this file."""
        return InputError(self.source, place, reason, remedy)

    @contextmanager
    def open(self) -> Iterator[BufferedReader]:
        """Open it for reading, unpacked if it is compressed."""
        if self.path == "-":
            yield unpacked(sys.stdin.buffer)
            return
        with open(self.file, "rb") as raw:
            if self.meter is not None:
                self.meter.begin(os.fstat(raw.fileno()).st_size, raw.tell)
            yield unpacked(raw, split_ending(self.path)[2])

    def longest(self, factor: int) -> int:
        """How long a record may be in a format that takes up to `factor` characters for one."""
        return max(self.max_chars * factor, _ROOM)

    def too_long(self, place: str, most: int, otherwise: str = "split it into parts") -> InputError:
        """The error of a dump or record that is longer than `most`."""
        return self.error(place, f"longer than {most:,} characters, the limit of what is read at once",
                          f"{otherwise}, or raise --max-dump-chars")  # fmt: skip

    def damage(self, error: DamagedError, place: str, lost: str) -> InputError:
        """The error of compressed data that is damaged at `place`, where the `lost` are those that follow."""
        where = f" ({error.place} of the compressed file)" if error.place else ""
        return self.error(place, f"{error.reason}{where}; the {lost} after it were not read", error.remedy)

    def dump(self, record: Mapping[str, Any], place: str, number: int) -> Dump | InputError:
        """Make a dump of one record, the `number`-th of the file."""
        column = self.text_column
        if column not in record:
            return self.missing_column(list(record), place)
        text = record[column]
        if text is None:
            return self.error(place, f"{column!r} is missing (null)", "give it a text, or leave the record out")
        if not isinstance(text, str):
            return self.error(place, f"{column!r} is {type_name(text)}, not a text", "name the text with --text-column")
        if len(text) > self.max_chars:
            return self.too_long(place, self.max_chars)
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


def _label(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{name!r} is {type_name(value)}, not a text or a number")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def type_name(value: Any) -> str:
    """What a value of JSON is called."""
    return _TYPE_NAMES.get(type(value), f"a {type(value).__name__}")


def shown(path: str) -> str:
    """The path as text that can be printed and written."""
    return os.fsencode(path).decode("utf-8", "replace")


def split_ending(path: str) -> tuple[str, str, str]:
    """The path without its endings, that of the format, and that of the compression, both in lower case."""
    rest, ending = os.path.splitext(path)
    packed = ""
    if ending.lower() in ENDINGS:
        packed = ending.lower()
        rest, ending = os.path.splitext(rest)
    return rest, ending.lower(), packed
