"""Web archives that the tests read."""

from __future__ import annotations

import gzip


def record(number: int, body: str | bytes, kind: str = "conversion", type: str = "text/plain", length: object = None,
           extra: str = "") -> bytes:  # fmt: skip
    """One record of an archive, whose header may say another length than it has."""
    raw = body.encode() if isinstance(body, str) else body
    header = (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://a.example/{number}\r\n"
              f"WARC-Date: 2024-01-{number:02}T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n{extra}"
              f"Content-Type: {type}\r\nContent-Length: {len(raw) if length is None else length}\r\n\r\n")  # fmt: skip
    return header.encode() + raw + b"\r\n\r\n"


def response(number: int, body: bytes, type: str = "text/plain", status: str = "200 OK", extra: str = "") -> bytes:
    """A record of a page as a server sent it."""
    http = f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n{extra}\r\n".encode() + body
    return record(number, http, "response", "application/http; msgtype=response")


def members(*records: bytes) -> bytes:
    """Each record a member of its own, as archives are compressed."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
