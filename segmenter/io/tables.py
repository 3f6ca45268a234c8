"""Readers of tables: CSV row by row, Parquet batch by batch."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .compression import DamagedError
from .decoding import REMEDY, text_lines, undecodable, why_not
from .origin import split_ending

if TYPE_CHECKING:
    import pyarrow as pa

    from .origin import Dump, Origin

BATCH_ROWS = 64
_DOUBLED = 2  # characters of a quotation mark in a field
_LARGEST_LONG = (1 << 31) - 1  # all that the csv module takes on every system
_QUOTES = "enclose fields that hold quotation marks or line ends in quotation marks, and double those within"


def read_csv(origin: Origin) -> Iterator[Dump | InputError]:
    """Read the rows of a CSV file (RFC 4180: commas, quotation marks doubled within a field)."""
    most = min(origin.longest(_DOUBLED), sys.maxsize)
    # The module's own limit, 131072, is shorter than many a dump. It is of the whole process, hence only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), min(most, _LARGEST_LONG)))
    with origin.open() as raw:
        physical, encoding = text_lines(raw, origin.encoding, "", most)
        lines = _Bounded(physical, most)
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, None)
            problem = _header_problem(origin, header, encoding)
            if header is None or problem is not None:
                yield problem or origin.error("", "the file is empty")
                return
            yield from _csv_rows(origin, lines, reader, header, encoding)
        except csv.Error as error:
            yield origin.error("line 1", f"not valid CSV: {error}", _QUOTES)
        except _TooLong as error:
            yield origin.error("line 1", str(error), _QUOTES)
        except UnicodeError as error:
            _, reason = why_not(error, encoding)
            yield origin.error(f"line {lines.number + 1}", f"{reason}; the rows after it were not read", REMEDY)
        except DamagedError as error:
            yield origin.damage(error, f"line {lines.number + 1}", "rows")


class _TooLong(Exception):
    """A row that is longer than any may be."""


class _Bounded:
    """The lines of a file, as long as those of one row are not too many: a quotation mark may never be closed."""

    def __init__(self, lines: Iterator[str | None], most: int) -> None:
        self._lines, self._most = lines, most
        self._left = most
        self.number = 0

    def begin_row(self) -> None:
        """A row begins."""
        self._left = self._most

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self._left -= self._most + 1 if line is None else len(line)
        if line is None or self._left < 0:
            raise _TooLong(f"longer than {self._most:,} characters, the limit of a row (--max-dump-chars raises it)")
        return line


def _header_problem(origin: Origin, header: list[str] | None, encoding: str) -> InputError | None:
    if not header:
        return origin.error("", "there is no header", "begin the file with a line of column names, one of them text")
    reason = undecodable("".join(header), encoding)
    if reason is not None:
        return origin.error("line 1", reason, REMEDY)
    return _column_problem(origin, header, "line 1")


def _column_problem(origin: Origin, columns: list[str], place: str) -> InputError | None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        return origin.error(place, f"column {twice[0]!r} stands there {columns.count(twice[0])} times",
                            "give every column a name of its own")  # fmt: skip
    return None if origin.text_column in columns else origin.missing_column(columns, place)


def _csv_rows(origin: Origin, lines: _Bounded, reader: Any, header: list[str],
              encoding: str) -> Iterator[Dump | InputError]:  # fmt: skip
    number = 0
    while True:
        line = lines.number + 1
        place = f"row {number + 1} (line {line})"
        lines.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            number += 1
            # Past a field of several lines nobody can tell which quotation mark opens and which closes.
            lost = lines.number > line
            reason = f"not valid CSV: {error}" if isinstance(error, csv.Error) else str(error)
            yield origin.error(place, reason + ("; the rows after it were not read" if lost else ""), _QUOTES)
            if lost:
                return
            continue
        if not row:
            continue
        number += 1
        problem = undecodable("".join(row), encoding)
        if problem is not None:
            yield origin.error(place, problem, REMEDY)
        elif len(row) != len(header):
            yield origin.error(place, f"{len(row)} fields where the header has {len(header)}", _QUOTES)
        else:
            yield origin.dump(dict(zip(header, row, strict=True)), place, number)


def read_parquet(origin: Origin) -> Iterator[Dump | InputError]:
    """Read the rows of a Parquet file, never more than a batch in memory; of a damaged row group those before it.

    Of rows of `origin`, all that is said comes once: where the damage is, or with the first row what is wrong with all.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        yield origin.error("", "reading Parquet needs pyarrow", "pip install pyarrow")
        return
    if split_ending(origin.path)[2]:
        yield origin.error("", "Parquet is not read from a compressed file", "unpack it first")
        return
    with open(origin.file, "rb") as raw:
        try:
            # With a buffer a page is in memory at a time, instead of all pages of a row group.
            with pq.ParquetFile(raw, buffer_size=1 << 16) as file:
                problem = _column_problem(origin, file.schema_arrow.names, "")
                if problem is None:
                    yield from _row_groups(origin, file)
                elif origin.start == 0:
                    yield problem
        except (pa.ArrowException, OSError) as error:
            yield _unreadable(origin, error, "")


def row_groups(path: str) -> list[int]:
    """How many rows each row group of a Parquet file has; none where it cannot be read, as reading it says."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return []
    try:
        with pq.ParquetFile(path) as file:
            return [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError):
        return []


def _row_groups(origin: Origin, file: Any) -> Iterator[Dump | InputError]:
    import pyarrow as pa

    number = end = 0
    if origin.meter is not None:  # in rows: it is read here and there
        size, rows = os.stat(origin.file).st_size, max(file.metadata.num_rows, 1)
        origin.meter.begin(size, lambda: size * number / rows)
    for group in range(file.num_row_groups):
        number, end = end, end + file.metadata.row_group(group).num_rows
        if end <= origin.start:
            continue
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=[group]):
                values = [_values(column) for column in batch.columns]
                for row in range(batch.num_rows):
                    if origin.stop is not None and number >= origin.stop:
                        return
                    number += 1
                    if number > origin.start:
                        yield _parquet_dump(origin, batch.schema.names, values, row, number)
        except (pa.ArrowException, OSError) as error:
            if number >= origin.start:  # or else whoever reads the rows before these has found it
                lost = f"; the rows after it up to row {end:,} were not read" if end < file.metadata.num_rows else ""
                yield _unreadable(origin, error, f"row {number + 1}", lost)
        if origin.stop is not None and end >= origin.stop:
            return


def _unreadable(origin: Origin, error: Exception, place: str, lost: str = "") -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return origin.error(place, f"not readable as Parquet: {reason}{lost}",
                        "write the file again, or name one that is Parquet")  # fmt: skip


def _parquet_dump(origin: Origin, names: list[str], values: list[Callable[[int], Any]], row: int,
                  number: int) -> Dump | InputError:  # fmt: skip
    place = f"row {number}"
    try:
        record = {name: value(row) for name, value in zip(names, values, strict=True)}
    except (ValueError, ArithmeticError, LookupError) as error:
        return origin.error(place, f"a value cannot be read: {error}", "correct the row")
    return origin.dump(record, place, number)


def _values(column: pa.Array) -> Callable[[int], Any]:
    """What gives the value of `column` in a row."""
    import pyarrow as pa

    def value(row: int) -> Any:
        return column[row].as_py()

    if not pa.types.is_timestamp(column.type):
        return value
    try:
        return _times(column)
    except pa.ArrowException:  # nanoseconds that count, or a time zone that is not known here
        return value


def _times(column: pa.Array) -> Callable[[int], str | None]:
    # By hand: pyarrow loads pandas to make a datetime, which takes longer than reading most files.
    import pyarrow as pa

    zone = column.type.tz
    times = column.cast(pa.timestamp("us", zone))
    local = times
    if zone is not None:
        import pyarrow.compute as pc

        local = pc.local_timestamp(times)
    moments, clocks = times.cast(pa.int64()), local.cast(pa.int64())

    def value(row: int) -> str | None:
        moment, clock = moments[row].as_py(), clocks[row].as_py()
        if moment is None:
            return None
        shown = datetime(1970, 1, 1) + timedelta(microseconds=clock)
        if zone is not None:
            shown = shown.replace(tzinfo=timezone(timedelta(microseconds=clock - moment)))
        return shown.isoformat()

    return value
