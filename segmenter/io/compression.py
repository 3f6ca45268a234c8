"""Compressed input: gzip and zstd, unpacked while it is read, in bounded memory."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

from ..errors import SegmenterError

CHUNK = 1 << 16
GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
ENDINGS = {".gz": GZIP, ".zst": ZSTD}
_PROBE = 4096


class DamagedError(SegmenterError):
    """Compressed data that cannot be unpacked from some place on."""

    def __init__(self, place: str, reason: str, remedy: str = "fetch or write the file again") -> None:
        self.place, self.reason, self.remedy = place, reason, remedy
        super().__init__(f"{place}: {reason} ({remedy})")


def unpacked(raw: BinaryIO, ending: str = "") -> io.BufferedReader:
    """What `raw` holds: unpacked, if its first bytes say that it is compressed.

    Parameters
    ----------
    raw : binary file
        Closed with the result where that is `raw` itself: a file on a disk that is not compressed.
    ending : str
        Of its name.

    Raises
    ------
    DamagedError
        If `ending` says that it is compressed and its first bytes do not; later, while it is read, if it is damaged.
    """
    plain = isinstance(raw, io.BufferedReader) and raw.seekable()
    stream = cast(io.BufferedReader, raw if plain else io.BufferedReader(_Patient(raw), CHUNK))
    start = stream.peek(len(ZSTD))
    if ending in ENDINGS and not start.startswith(ENDINGS[ending]):
        raise DamagedError("", f"its name ends in {ending}, but it does not begin as such a file",
                           f"fetch it again, or take {ending} off its name")  # fmt: skip
    if start.startswith(GZIP):
        return io.BufferedReader(Gzip(stream), CHUNK)
    if start.startswith(ZSTD):
        return io.BufferedReader(_Zstd(stream), CHUNK)
    return stream


def pieces(stream: io.BufferedReader, most: int) -> Iterator[bytes]:
    """Up to `most` bytes of `stream`."""
    # Not read(most): that reserves them all at once.
    while most > 0 and (piece := stream.read(min(most, 1 << 20))):
        most -= len(piece)
        yield piece


class _Patient(io.RawIOBase):
    """A file whose first read waits for enough bytes to tell what it is, even where a pipe brings them one by one."""

    def __init__(self, raw: Any) -> None:
        self._raw, self._begun = raw, False

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        read = getattr(self._raw, "read1", self._raw.read)
        found = read(len(target)) or b""
        while not self._begun and len(found) < 16 and (more := read(len(target) - len(found))):
            found += more
        self._begun = True
        target[: len(found)] = found
        return len(found)


class Gzip(io.RawIOBase):
    """Unpacks gzip; one read never crosses from one member of the file into the next.

    Not `gzip.GzipFile`: that cannot say where a member begins, nor go on after a damaged one.

    Attributes
    ----------
    member : int
        Offset, in the compressed file, of the member that the last bytes came from.
    """

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw, self._input, self._at = raw, b"", 0
        self._inflate: Any = None
        self._given = False
        self.member = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Unpack into `target`.

        Raises
        ------
        DamagedError
            Once all that could be unpacked before the damage was read; `resume` goes on after it.
        """
        while True:
            if self._inflate is None and not self._begin():
                return 0
            more = bool(self._input) or self._fill()
            try:
                piece = self._inflate.decompress(self._input, len(target))
            except zlib.error as error:
                # The checksum stands at the end, and damage may unpack as something else for a while.
                before = "; what was unpacked of it before may be wrong, too" if self._given else ""
                raise DamagedError(f"offset {self.member}", f"damaged gzip data: {error}{before}") from error
            if self._inflate.eof:
                self._drop(len(self._input) - len(self._inflate.unused_data))
                self._inflate = None
            elif not piece and not more:
                raise DamagedError(f"offset {self.member}", "the gzip data stops before its end")
            else:
                self._drop(len(self._input) - len(self._inflate.unconsumed_tail))
            if piece:
                self._given = True
                target[: len(piece)] = piece
                return len(piece)

    def resume(self, start: bytes) -> bool:
        """After damage, go on at the next member whose content begins with `start`; False if there is none."""
        self._inflate = None
        at = 1 if self._at == self.member else 0
        while True:
            at = self._input.find(GZIP, at)
            if at < 0 or len(self._input) - at < _PROBE:
                self._drop(at if at >= 0 else max(len(self._input) - len(GZIP) + 1, 0))
                at = 0
                if self._fill():
                    continue
                if not self._input.startswith(GZIP):
                    return False
            with suppress(zlib.error):
                if zlib.decompressobj(31).decompress(self._input[at : at + _PROBE], len(start)) == start:
                    self._drop(at)
                    return True
            at += 1

    def _begin(self) -> bool:
        while self._input or self._fill():
            if self._at:  # zeros pad the file to whole blocks
                self._drop(len(self._input) - len(self._input.lstrip(b"\0")))
            if self._input:
                self.member, self._inflate, self._given = self._at, zlib.decompressobj(31), False
                return True
        return False

    def _fill(self) -> bool:
        more = self._raw.read1(CHUNK)
        self._input += more
        return bool(more)

    def _drop(self, count: int) -> None:
        self._input = self._input[count:]
        self._at += count


class _Zstd(io.RawIOBase):
    """Unpacks zstd with pyarrow, which is there for Parquet. Its window, and so its memory, is 128 MB at most."""

    def __init__(self, raw: io.BufferedReader) -> None:
        try:
            import pyarrow as pa
        except ImportError:
            raise DamagedError("", "unpacking zstd needs pyarrow", "pip install pyarrow, or unpack it first") from None
        self._errors = (pa.ArrowException, OSError)
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        try:
            piece = self._stream.read(len(target))
        except self._errors as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise DamagedError("", f"damaged zstd data: {reason}") from error
        target[: len(piece)] = piece
        return len(piece)
