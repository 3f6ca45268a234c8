"""The page in an HTTP response, as a web archive keeps it: header and body, the body as it came over the wire."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,15})[^\r\n]*\r?\n")
_HEADER = 1 << 16
_PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 47}


class PageError(ValueError):
    """A response whose body cannot be had."""


@dataclass(frozen=True)
class Page:
    """A response: its status, the type and character set that it names, and its body where it is plain text."""

    status: int
    type: str
    charset: str | None
    body: bytes


def http_page(response: bytes, most: int) -> Page:
    """Take a response apart.

    Parameters
    ----------
    response : bytes
        All of it.
    most : int
        Bytes that its body may have once it is unpacked; with 0 it is left out.

    Raises
    ------
    PageError
        If there is no header, or the body is damaged, too long, or packed in a way that is not known here.
    """
    status, end = _STATUS.match(response), _HEADER_END.search(response, 0, _HEADER)
    if status is None or end is None:
        raise PageError("it has no HTTP header")
    lines = response[: end.start()].decode("latin-1").replace("\r\n", "\n").partition("\n")[2]
    from email.parser import HeaderParser  # takes a while to load, and few inputs are archives

    header = HeaderParser().parsestr(lines)
    type, body = header.get_content_type(), b""
    if most and type == "text/plain":
        body = response[end.end() :]
        if "chunked" in str(header["Transfer-Encoding"] or "").lower():
            body = _without_chunks(body)
        packed = str(header["Content-Encoding"] or "identity").strip().lower()
        if packed != "identity":
            body = _unpacked(body, packed, most)
    return Page(int(status[1]), type, header.get_content_charset(), body)


def _without_chunks(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        found = _CHUNK.match(body, at)
        if found is None:
            raise PageError("its body is not in chunks, as its HTTP header says")
        at = found.end() + int(found[1], 16)
        if at == found.end():
            return b"".join(parts)
        if at > len(body):
            raise PageError("its body ends in the middle of a chunk")
        parts.append(body[found.end() : at])


def _unpacked(body: bytes, packed: str, most: int) -> bytes:
    if packed not in _PACKED:
        raise PageError(f"its body is packed with {packed[:40]!r}, which is not read")
    inflate = zlib.decompressobj(_PACKED[packed])
    try:
        unpacked = inflate.decompress(body, most + 1)
    except zlib.error as error:
        raise PageError(f"its body is damaged {packed} data: {error}") from error
    if len(unpacked) > most:
        raise PageError(f"its body unpacks to more than {most:,} bytes")
    if not inflate.eof:
        raise PageError(f"its body stops before the end of its {packed} data")
    return unpacked
