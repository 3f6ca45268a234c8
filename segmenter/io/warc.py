"""Reader of web archives: WARC files, and the WET files of Common Crawl, one dump a page of plain text.

Of our own, since fastwarc 2.0 ends an archive at the first damaged record, gives records that are cut off as whole
ones, and panics on a pipe, and warcio ends there too. The format: ISO 28500.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import InputError
from .compression import CHUNK, DamagedError, Gzip
from .decoding import REMEDY, UnmarkedError, encoding_of, why_not
from .http_page import PageError, http_page
from .values import surrogate_at

if TYPE_CHECKING:
    from email.message import Message

    from .origin import Dump, Origin

START = b"WARC/"
_HEADER = 1 << 16
_HELD = 1 << 20
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_RECORD_START = re.compile(rb"\nWARC/\d")
_REMEDY = "fetch the file again; the other records are read"
_TYPES = {"conversion", "resource", "response"}


class _BadRecord(Exception):
    """A record that is not as its header says."""


def read_warc(origin: Origin) -> Iterator[Dump | InputError]:
    """Read a file that is named as an archive."""
    with origin.open() as raw:
        yield from warc_records(origin, raw)


def warc_records(origin: Origin, raw: io.BufferedReader) -> Iterator[Dump | InputError]:
    """Read the pages of plain text of an archive; a damaged record is an error, and reading goes on at the next."""
    stream = _Stream(raw)
    skipped: Counter[str] = Counter()
    number = 0
    while True:
        try:
            if not stream.to_record():
                break
            number += 1
            found = _record(origin, stream, f"record {number} (offset {stream.offset})", number)
            if isinstance(found, str):
                skipped[found] += 1
            else:
                yield found
        except _BadRecord as error:
            number += stream.between
            yield origin.error(f"record {number} (offset {stream.offset})", str(error), _REMEDY)
        except DamagedError as error:
            number += stream.between
            place = f"record {number} ({error.place})" if error.place else f"record {number}"
            goes_on = stream.resume()
            yield origin.error(place, error.reason + ("" if goes_on else "; no record after it was read"), _REMEDY)
    if skipped:
        listed = ", ".join(f"{count:,} {what}" for what, count in skipped.most_common(5))
        more = ", ..." if len(skipped) > 5 else ""
        origin.notice(f"{origin.source}: {skipped.total():,} of {number:,} records are no pages of plain text and were "
                      f"left out ({listed}{more})")  # fmt: skip


def _record(origin: Origin, stream: _Stream, place: str, number: int) -> Dump | InputError | str:
    """The dump of the record that begins here, its error, or what it is where it is no page of text."""
    header = _parsed(stream.header())
    given = str(header["Content-Length"] or "").strip()
    if not given.isdecimal() or len(given) > 18:
        raise stream.bad(f"its Content-Length is {given[:40]!r}, no number of bytes")
    length = int(given)
    kind, type = str(header["WARC-Type"] or "").strip().lower(), header.get_content_type()
    page = kind == "response" and type == "application/http"
    if kind not in _TYPES or not (page or type == "text/plain"):
        stream.skip(length)
        return f"of type {kind[:40] or '(none)'}" if kind not in _TYPES else type[:80]
    most = origin.longest(4)
    if length > most:
        start = stream.skip(length)
        return origin.too_long(place, most) if not page or http_page(start, 0).type == "text/plain" else "other pages"
    body, charset = stream.content(length), header.get_content_charset()
    if page:
        try:
            answer = http_page(body, most)
        except PageError as error:
            return origin.error(place, str(error), "fetch the page again")
        if answer.type != "text/plain":
            return answer.type[:80]
        if answer.status // 100 != 2:
            return f"with HTTP status {answer.status}"
        body, charset = answer.body, answer.charset
    return _dump(origin, header, body, charset, place, number)


def _parsed(header: bytes) -> Message:
    _, _, rest = header.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n")
    from email.parser import HeaderParser  # takes a while to load, and few inputs are archives

    return HeaderParser().parsestr(rest)


def _dump(origin: Origin, header: Message, body: bytes, charset: str | None, place: str,
          number: int) -> Dump | InputError:  # fmt: skip
    used = origin.encoding or charset
    try:
        used = encoding_of(body, used)
        text = body.decode(used)
    except UnmarkedError as error:
        return origin.error(place, error.reason, error.remedy)
    except UnicodeError as error:
        where, reason = why_not(error, used or "")
        return origin.error(place, f"{reason}, at {where} of the page" if where else reason, REMEDY)
    except (LookupError, ValueError):
        return origin.error(place, f"its encoding, {used!r}, is unknown", REMEDY)
    at = surrogate_at(text)
    if at is not None:
        half = f"half of a surrogate pair, U+{ord(text[at]):04X}"
        return origin.error(place, f"{half}, at offset {at} of the page", REMEDY)
    names = {"id": "WARC-Target-URI", "date": "WARC-Date", "record_id": "WARC-Record-ID",
             "languages": "WARC-Identified-Content-Language"}  # fmt: skip
    record = {name: str(header[key] or "").strip().removeprefix("<").removesuffix(">") for name, key in names.items()}
    return origin.dump({name: value for name, value in record.items() if value} | {origin.text_column: text}, place,
                       number)  # fmt: skip


class _Stream:
    """The bytes of an archive, record by record, with ways to go on after damage.

    Attributes
    ----------
    offset : int
        Where the current record begins: of the file, or of its member where that is compressed with gzip.
    between : bool
        Whether no record had begun when reading failed.
    """

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self._gzip = raw.raw if isinstance(raw.raw, Gzip) else None
        self._held, self._header, self._read = b"", b"", 0
        self._damage: DamagedError | None = None
        self._lost = self._ended = False
        self.offset, self.between = 0, True

    def to_record(self) -> bool:
        """Go to where the next record begins; False at the end."""
        self.between = True
        if self._damage is not None:
            damage, self._damage = self._damage, None
            raise damage
        if self._lost and not self._find_record():
            return False
        self._skip_line_ends()
        self.offset = self._member() if self._gzip is not None else self._read - len(self._held)
        if self._held and not self._held.startswith(START):
            raise self.bad("no WARC record begins here")
        self.between = False
        return bool(self._held)

    def header(self) -> bytes:
        """The header of the record."""
        while (found := _HEADER_END.search(self._held)) is None or found.start() > _HEADER:
            if len(self._held) > _HEADER:
                raise self.bad(f"its header is longer than {_HEADER:,} bytes")
            member, held = self._member(), len(self._held)
            if not self._more():
                raise self.bad("the file ends within its header")
            if self._member() != member:
                self._held = b"\n" + self._held[held:]
                raise self.bad("its gzip member ends within its header")
        header = self._held[: found.start()]
        self._header, self._held = self._held[: found.end()], self._held[found.end() :]
        return header

    def content(self, length: int) -> bytes:
        """The content of the record, of so many bytes."""
        parts, got = [], 0
        while True:
            part, self._held = self._held[: length - got], self._held[length - got :]
            parts.append(part)
            got += len(part)
            if got == length or not self._more():
                break
        content = b"".join(parts)
        self._finish(length, got, content)
        return content

    def skip(self, length: int) -> bytes:
        """Go past the content of the record; at least its beginning."""
        parts, got, held = [], 0, 0
        while True:
            part, self._held = self._held[: length - got], self._held[length - got :]
            if held < _HELD:
                parts.append(part)
                held += len(part)
            got += len(part)
            if got == length or not self._more():
                break
        start = b"".join(parts)
        self._finish(length, got, start)
        return start

    def bad(self, reason: str) -> _BadRecord:
        """The error of the record; the next one is looked for from here."""
        self._lost = True
        # What was taken for its header may hold that of the next.
        self._header, self._held = b"", self._header[len(START) :] + self._held
        return _BadRecord(reason)

    def resume(self) -> bool:
        """Go on after damage; False where nothing is left."""
        self._held, self._header, self._lost = b"", b"", False
        if self._gzip is not None and self._gzip.resume(START):
            return True
        self._ended = True
        return False

    def _finish(self, length: int, got: int, content: bytes) -> None:
        """Make sure that a record of `length` bytes of content, of which there were `got`, ends here."""
        member = self._member()
        self._header = b""
        line_ends = 0
        try:
            line_ends = self._skip_line_ends()
        except DamagedError as damage:
            if self._gzip is None or self._gzip.member == member:
                raise
            self._damage = damage  # of the next record
        # What follows two line ends, but is no record, is the trouble of the next.
        if got < length or (line_ends < 2 and self._held and not self._held.startswith(START)):
            # The length may have been too large, and the next records be in what was taken for content.
            apart = line_ends or len(content) < got
            self._held = b"\n" + content + b"\n" * bool(apart) + self._held
            raise self.bad(f"its content is not {length:,} bytes long, as its header says")

    def _skip_line_ends(self) -> int:
        count = 0
        while True:
            rest = self._held.lstrip(b"\r\n")
            count += self._held.count(b"\n", 0, len(self._held) - len(rest))
            self._held = rest
            if len(rest) >= len(START) or not self._more():
                return count

    def _member(self) -> int:
        return self._gzip.member if self._gzip is not None else 0

    def _find_record(self) -> bool:
        while (found := _RECORD_START.search(self._held)) is None:
            self._held = self._held[-len(START) - 2 :]
            if not self._more():
                return False
        self._held = self._held[found.start() + 1 :]
        self._lost = False
        return True

    def _more(self) -> bool:
        piece = b"" if self._ended else self._raw.read1(CHUNK)
        self._held += piece
        self._read += len(piece)
        return bool(piece)
