"""Writers: from documents to text, JSON Lines, CSV, Parquet and HTML.

Each takes documents one at a time. Text and JSON Lines go out at once; the others need to know all columns, or the
whole page, before their first byte, and keep what they got in a temporary file until then.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from ..document import FRAME_COLUMNS, FRAME_NUMBERS, Document, carried_name
from .output import OutputError, OutputFailure, open_output
from .terminal import document_text
from .values import json_line, plain

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_COLUMNS = (*FRAME_COLUMNS, "date")
_BATCH_CHARACTERS = 1 << 22
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
JSON = "json"
_EXACT = 1 << 53  # up to here a float64 holds every whole number


class Writer(Protocol):
    """What `open_writer` gives."""

    def write(self, document: Document) -> None:
        """Add a document; all of it or, after an exception, nothing."""
        ...

    def finish(self) -> None:
        """Write what was kept back. `open_writer` calls it."""
        ...


@contextmanager
def open_writer(
    format: str,
    target: str | os.PathLike[str] | None = None,
    *,
    color: bool | None = None,
    no_formulas: bool = False,
) -> Iterator[Writer]:
    """Open `target` for documents.

    Parameters
    ----------
    format : {"text", "jsonl", "csv", "parquet", "html"}
        `text` is for people, the others for machines. `jsonl` has one object a document, `Document.to_dict` without
        text and blocks; `csv` and `parquet` have one row a segment with the columns `FRAME_COLUMNS`, `date` and those
        carried through; `html` is one page that needs nothing else.
    target : path, optional
        As for `open_output`: a file appears whole at the end of the ``with``, or, after an exception, not at all.
    color : bool, optional
        Whether `text` is coloured; by default on a terminal, unless NO_COLOR is set.
    no_formulas : bool
        Put an apostrophe before the texts of `csv` that a spreadsheet would take for a formula, see `without_formula`.
        The output is no longer exactly the input, so it is not the default.

    Raises
    ------
    OutputError
        If nothing can be written there, or the format cannot be shown there.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; the formats are {', '.join(FORMATS)}")
    terminal = target in (None, "-") and sys.stdout is not None and sys.stdout.isatty()
    if format == "parquet" and terminal:
        raise OutputError("standard output is a terminal, and Parquet is not for reading (name a file with -o)")
    if color is None:
        color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    with open_output(target) as stream:
        writer: Writer
        if format == "text":
            writer = TextWriter(stream, color=color)
        elif format == "csv":
            writer = CsvWriter(stream, no_formulas=no_formulas)
        else:
            writer = FORMATS[format](stream)
        yield writer
        writer.finish()


class TextWriter:
    """For people, see `document_text`."""

    def __init__(self, stream: BinaryIO, *, color: bool = False) -> None:
        self.stream, self.color = stream, color

    def write(self, document: Document) -> None:
        """Write one document."""
        self.stream.write("".join(document_text(document, color=self.color)).encode("utf-8", "backslashreplace"))
        self.stream.flush()

    def finish(self) -> None:
        """Nothing is kept back."""


class JsonlWriter:
    """One JSON object a document."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def write(self, document: Document) -> None:
        """Write one document."""
        self.stream.write(json_line(document.to_dict(text=False, blocks=False)))
        self.stream.flush()

    def finish(self) -> None:
        """Nothing is kept back."""


class _Spool:
    """JSON values in a temporary file that goes away by itself."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115

    def add(self, *values: Any) -> None:
        self.file.write("".join(_json(value) + "\n" for value in values))

    def __iter__(self) -> Iterator[Any]:
        self.file.seek(0)
        return map(json.loads, self.file)


class _RowWriter:
    """Keeps the rows of all documents, and which other columns they carry."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.spool = _Spool()
        self.carried: dict[str, set[type]] = {}

    def write(self, document: Document) -> None:
        """Keep one document."""
        carried = {carried_name(key, _ROW_COLUMNS): plain(value) for key, value in document.meta.items()}
        self.spool.add(*({**row, "date": document.date, **carried} for row in document.rows()))
        for key, value in carried.items():
            self.carried.setdefault(key, set()).add(_type_of(value))


class CsvWriter(_RowWriter):
    """One row a segment, by RFC 4180 in UTF-8; lists, objects and truth values as JSON."""

    def __init__(self, stream: BinaryIO, *, no_formulas: bool = False) -> None:
        super().__init__(stream)
        self.no_formulas = no_formulas

    def finish(self) -> None:
        """Write the header and all rows."""
        # "\r\n" of the RFC is not for show: the csv module quotes just the line ends that it also writes.
        rows = csv.writer(_Encoder(self.stream), lineterminator="\r\n")
        columns = [*_ROW_COLUMNS, *self.carried]
        rows.writerow(map(without_formula, columns) if self.no_formulas else columns)
        for row in self.spool:
            values = (row.get(column) for column in columns)
            cells = [_json(value) if isinstance(value, bool | list | dict) else value for value in values]
            rows.writerow(map(without_formula, cells) if self.no_formulas else cells)


def without_formula(cell: Any) -> Any:
    """`cell`, with an apostrophe before a text that a spreadsheet would take for a formula.

    By the rule of OWASP ("CSV Injection"): what begins with = + - @, a tab or a carriage return; and with a line feed
    or the full-width forms of the four, which spreadsheets of East Asia take for them. Numbers stay numbers.
    """
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


class ParquetWriter(_RowWriter):
    """One row a segment. A carried column that mixes types, or holds lists or objects, becomes JSON text.

    Attributes
    ----------
    types : dict of str to (set of type), optional
        Columns to write, and the types that decide how, instead of those found in the documents.
    """

    types: Mapping[str, set[type]] | None = None

    def finish(self) -> None:
        """Write all rows, a batch at a time.

        Raises
        ------
        OutputFailure
            If Parquet cannot hold them.
        """
        write_parquet(self.stream, iter(self.spool), self.carried if self.types is None else self.types)


def write_parquet(stream: BinaryIO, rows: Iterator[dict[str, Any]], types: Mapping[str, set[type]]) -> None:
    """Write rows whose carried columns hold values of `types`; see `ParquetWriter.finish`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = _schema(types)
        as_json = {name for name, found in types.items() if column_type(found) == JSON}
        with pq.ParquetWriter(pa.PythonFile(stream, mode="w"), schema) as file:
            for batch in _batches(rows):
                for row in batch:
                    row.update({name: _json(row[name]) for name in as_json if row.get(name) is not None})
                file.write_table(pa.Table.from_pylist(batch, schema))
    except OSError:  # a full disk or a closed pipe, which the stream says better than Arrow
        raise
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise OutputFailure(f"Parquet cannot hold the rows: {reason} (write --format csv or jsonl)") from error


def _schema(types: Mapping[str, set[type]]) -> pa.Schema:
    import pyarrow as pa

    # "Int64" is how pandas calls the int64 that may be missing. In Arrow any value may.
    fields = {name: FRAME_NUMBERS.get(name, "string").lower() for name in _ROW_COLUMNS}
    fields |= {name: column_type(found) for name, found in types.items()}
    return pa.schema([(name, pa.type_for_alias("string" if alias == JSON else alias))
                      for name, alias in fields.items()])  # fmt: skip


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += len(row["text"])
        if len(batch) >= 4096 or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


class HtmlWriter:
    """One page with all documents."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.spool = _Spool()

    def write(self, document: Document) -> None:
        """Keep one document."""
        from ..display.html import document_html  # not above: most runs write no page

        self.spool.add(document_html(document, style=False))

    def finish(self) -> None:
        """Write the page."""
        from ..display.html import page

        for part in page(iter(self.spool), "Stories"):
            self.stream.write(part.encode("utf-8"))


class _Encoder:
    """A text file over a binary one, without the habit of closing it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(text.encode("utf-8"))


def _json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


class LongInt(int):
    """A whole number that 64 bits hold but a float does not."""


def _type_of(value: Any) -> type:
    """The type of `value` as `column_type` tells them apart; for what only JSON can hold, such as ``dict``."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) <= _EXACT:
        return type(value)
    return LongInt if -(1 << 63) <= value < 1 << 63 else dict


def column_type(types: set[type]) -> str:
    """Arrow's name of the type of a column that held values of `types`; `JSON` where only JSON text can hold them."""
    found = types - {type(None)}
    if not found or found == {str}:
        return "string"
    if found == {bool}:
        return "bool"
    if found <= {int, LongInt}:
        return "int64"
    return "float64" if found <= {int, float} else JSON


FORMATS: dict[str, Callable[[BinaryIO], Writer]] = {
    "text": TextWriter,
    "jsonl": JsonlWriter,
    "csv": CsvWriter,
    "parquet": ParquetWriter,
    "html": HtmlWriter,
}
