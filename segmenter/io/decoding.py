"""From bytes to text, without loss: UTF-8 unless the bytes or the user say otherwise."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import SegmenterError

REMEDY = "name its encoding with --encoding, for example --encoding windows-1256, or convert it to UTF-8"

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


# What the bytes of a text in UTF-16 or UTF-32 that says not which: the encoding, the bytes of a code unit, where in it
# those stand that are small in every text (the script, or nothing), and where the one that tells the letters apart.
_UNMARKED = (
    ("utf-32-le", 4, (2, 3), 0),
    ("utf-32-be", 4, (0, 1), 3),
    ("utf-16-le", 2, (1,), 0),
    ("utf-16-be", 2, (0,), 1),
)
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\v\f\r"})
_SAMPLE = 1 << 16
_PIECE = 1 << 16
_FEWEST_UNITS = 4


class UnmarkedError(SegmenterError):
    """Bytes that look like UTF-16 or UTF-32, without the byte order mark that would say so."""

    def __init__(self, encoding: str, at: int) -> None:
        self.place = f"offset {at}"
        self.reason = f"looks like {encoding} without a byte order mark"
        self.remedy = f"name it with --encoding {encoding}; if the bytes are meant so, --encoding utf-8"
        super().__init__(f"{self.place}: {self.reason} ({self.remedy})")


def check_encoding(name: str) -> None:
    """Raise `SegmenterError` unless `name` is an encoding of text."""
    try:  # not codecs.lookup: that finds "hex" too, which does not make text of bytes
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except (LookupError, ValueError):
        raise SegmenterError(
            f"unknown encoding {name!r} (write for example utf-8, utf-16, windows-1256 or latin-1)"
        ) from None


def encoding_of(start: bytes, encoding: str | None) -> str:
    """The encoding of a file that begins with `start`: the one given, or that of its byte order mark, or UTF-8.

    Parameters
    ----------
    start : bytes
        The more of them, the surer; at least four, where the file has so many.
    encoding : str or None
        The one given.

    Raises
    ------
    UnmarkedError
        If none is given and it looks like UTF-16 or UTF-32 without a mark. In many scripts such bytes are valid UTF-8,
        a text of control characters.
    """
    if encoding is not None:
        return encoding
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is None:
        _refuse_unmarked(start[:_SAMPLE])
    return marked or "utf-8"


def _refuse_unmarked(start: bytes) -> None:
    for name, width, small, telling in _UNMARKED:
        units = len(start) // width
        if units < _FEWEST_UNITS:
            continue
        columns = [start[place : units * width : width] for place in range(width)]
        controls = [units - len(column.translate(None, _CONTROLS)) for column in columns]
        # Most, not all: Arabic has Latin quotation marks. Control characters at random places are no such pattern.
        if all(controls[place] >= 0.6 * units for place in small) and controls[telling] < 0.5 * units:
            raise UnmarkedError(name, next(at for at, byte in enumerate(start) if byte in _CONTROLS))


def keeps_line_ends(encoding: str) -> bool:
    """Whether the byte 0x0A is a line end in this encoding, wherever it stands, and nothing else is one."""
    name = codecs.lookup(encoding).name
    return name in ("utf-8", "ascii") or name.startswith(("cp125", "iso8859-", "koi8-"))


def why_not(error: UnicodeError, encoding: str) -> tuple[str, str]:
    """Place and reason of a failure to decode, in words."""
    if isinstance(error, UnicodeDecodeError) and error.start < len(error.object):
        what = f"byte 0x{error.object[error.start]:02x} is not valid {encoding}"
        if b"\0" in error.object[:4096]:
            what += ", and NUL bytes beside it make this look like no text at all (a picture, an archive?)"
        return f"offset {error.start}", what
    return "", f"the bytes are not valid {encoding}: {error}"


def text_lines(
    raw: io.BufferedReader | BinaryIO, encoding: str | None, newline: str, most: int, offset: int = 0
) -> tuple[Iterator[str | None], str]:
    """Decode a file line by line, with its byte order mark left out.

    Parameters
    ----------
    raw : binary file
        A buffered one.
    encoding : str or None
        As for `encoding_of`.
    newline : str
        As for `io.TextIOWrapper`: "\\n" to end lines only there, "" to end them at any line end.
    most : int
        The longest line, in code points.
    offset : int
        The byte to begin at, where a line of a file on a disk begins; the encoding is told by the bytes at 0 all the
        same.

    Returns
    -------
    lines : iterator of str or None
        None stands for a line that is longer than `most`, which was never held as a whole. Bytes that cannot be decoded
        stand in it as lone surrogates, see `undecodable`, so that one bad line does not hide the others. Raises
        UnicodeError where even that is impossible.
    encoding : str
        The encoding that was used.

    Raises
    ------
    UnmarkedError
        As `encoding_of`.
    """
    start = raw.peek(4) if isinstance(raw, io.BufferedReader) else b""
    used = encoding_of(start, encoding)
    if offset:
        raw.seek(offset)
    file = io.TextIOWrapper(raw, used, errors="surrogateescape", newline=newline)
    return _lines(file, ("\n", "\r") if newline == "" else (newline,), most, "" if offset else "\ufeff"), used


def _lines(file: io.TextIOWrapper, ends: tuple[str, ...], most: int, mark: str) -> Iterator[str | None]:
    most = min(most, sys.maxsize - 1) + 1  # with its end
    while line := file.readline(most):
        if len(line) < most or line.endswith(ends):
            yield line.removeprefix(mark) if mark else line
        else:
            while line and not line.endswith(ends):
                line = file.readline(_PIECE)
            yield None
        mark = ""


def undecodable(text: str, encoding: str) -> str | None:
    """Say which byte of `text` could not be decoded by `text_lines`; None where all could."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        byte = f"byte 0x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"U+{code:04X}"
        return f"{byte} after {error.start} characters is not valid {encoding}"
    return None
