"""From bytes to text, without loss: UTF-8 unless the bytes or the user say otherwise."""

from __future__ import annotations

import codecs
import io
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


def check_encoding(name: str) -> None:
    """Raise `SegmenterError` unless `name` is an encoding of text."""
    try:  # not codecs.lookup: that finds "hex" too, which does not make text of bytes
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except (LookupError, ValueError):
        raise SegmenterError(
            f"unknown encoding {name!r} (write for example utf-8, utf-16, windows-1256 or latin-1)"
        ) from None


def encoding_of(start: bytes, encoding: str | None) -> str:
    """The encoding of a file that begins with `start`: the one given, or that of its byte order mark, or UTF-8."""
    if encoding is not None:
        return encoding
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def why_not(error: UnicodeError, encoding: str) -> tuple[str, str]:
    """Place and reason of a failure to decode, in words."""
    if isinstance(error, UnicodeDecodeError) and error.start < len(error.object):
        return f"offset {error.start}", f"byte 0x{error.object[error.start]:02x} is not valid {encoding}"
    return "", f"the bytes are not valid {encoding}: {error}"


def text_lines(raw: io.BufferedReader | BinaryIO, encoding: str | None, newline: str) -> tuple[Iterator[str], str]:
    """Decode a file line by line, with its byte order mark left out.

    Parameters
    ----------
    raw : binary file
        A buffered one.
    encoding : str or None
        As for `encoding_of`.
    newline : str
        As for `io.TextIOWrapper`: "\\n" to end lines only there, "" to end them at any line end.

    Returns
    -------
    lines : iterator of str
        Bytes that cannot be decoded stand in it as lone surrogates, see `undecodable`, so that one bad line does not
        hide the others. Raises UnicodeError where even that is impossible.
    encoding : str
        The encoding that was used.
    """
    start = raw.peek(4)[:4] if isinstance(raw, io.BufferedReader) else b""
    used = encoding_of(start, encoding)
    return _without_mark(io.TextIOWrapper(raw, used, errors="surrogateescape", newline=newline)), used


def _without_mark(lines: io.TextIOWrapper) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line


def undecodable(text: str, encoding: str) -> str | None:
    """Say which byte of `text` could not be decoded by `text_lines`; None where all could."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        byte = f"byte 0x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"U+{code:04X}"
        return f"{byte} after {error.start} characters is not valid {encoding}"
    return None
