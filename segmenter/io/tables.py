"""Readers of tables: CSV row by row, Parquet batch by batch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .decoding import REMEDY, text_lines, undecodable, why_not

if TYPE_CHECKING:
    import pyarrow as pa

    from .readers import Dump, Origin

FIELD_LIMIT = 1 << 27
"""Code points in a field of a CSV file. The csv module's own limit, 131072, is shorter than many a dump."""

BATCH_ROWS = 64
_QUOTES = "enclose fields that hold quotation marks or line ends in quotation marks, and double those within"


def read_csv(origin: Origin) -> Iterator[Dump | InputError]:
    """Read the rows of a CSV file (RFC 4180: commas, quotation marks doubled within a field)."""
    if csv.field_size_limit() < FIELD_LIMIT:
        csv.field_size_limit(FIELD_LIMIT)  # of the whole process, hence only ever raised
    with open(origin.path, "rb") as raw:
        lines, encoding = text_lines(raw, origin.encoding, "")
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, None)
            problem = _header_problem(origin, header, encoding)
            if header is None or problem is not None:
                yield problem or origin.error("", "the file is empty")
                return
            yield from _csv_rows(origin, reader, header, encoding)
        except csv.Error as error:
            yield origin.error("line 1", f"not valid CSV: {error}", _QUOTES)
        except UnicodeError as error:
            _, reason = why_not(error, encoding)
            yield origin.error(f"line {reader.line_num + 1}", f"{reason}; the rows after it were not read", REMEDY)


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


def _csv_rows(origin: Origin, reader: Any, header: list[str], encoding: str) -> Iterator[Dump | InputError]:
    number = 0
    while True:
        line = reader.line_num + 1
        place = f"row {number + 1} (line {line})"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            # Past a field of several lines nobody can tell which quotation mark opens and which closes.
            lost = reader.line_num > line
            yield origin.error(place, f"not valid CSV: {error}" + ("; the rows after it were not read" if lost else ""),
                               _QUOTES)  # fmt: skip
            if lost:
                return
            continue
        if not row:
            continue
        number += 1
        reason = undecodable("".join(row), encoding)
        if reason is not None:
            yield origin.error(place, reason, REMEDY)
        elif len(row) != len(header):
            yield origin.error(place, f"{len(row)} fields where the header has {len(header)}", _QUOTES)
        else:
            yield origin.dump(dict(zip(header, row, strict=True)), place, number)


def read_parquet(origin: Origin) -> Iterator[Dump | InputError]:
    """Read the rows of a Parquet file, never more than a batch in memory."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        yield origin.error("", "reading Parquet needs pyarrow", "pip install pyarrow")
        return
    number = 0
    with open(origin.path, "rb") as raw:
        try:
            with pq.ParquetFile(raw) as file:
                problem = _column_problem(origin, file.schema_arrow.names, "")
                if problem is not None:
                    yield problem
                    return
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    values = [_values(column) for column in batch.columns]
                    for row in range(batch.num_rows):
                        number += 1
                        yield _parquet_dump(origin, batch.schema.names, values, row, number)
        except (pa.ArrowException, OSError) as error:
            place = f"row {number + 1}" if number else ""
            yield origin.error(place, f"not readable as Parquet: {str(error).splitlines()[0]}",
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
