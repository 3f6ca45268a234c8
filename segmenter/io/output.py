"""Where output goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import io
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from ..errors import SegmenterError


class OutputError(SegmenterError):
    """An output that cannot be written to."""


class OutputFailure(OutputError):
    """An output that was opened, but could not be completed."""


@contextmanager
def open_output(target: str | os.PathLike[str] | None = None) -> Iterator[BinaryIO]:
    """Open `target` for bytes.

    Parameters
    ----------
    target : path, optional
        A file is written beside its place under another name and moved there at the end; after any exception it is
        removed, and what stood at `target` stays. Devices and pipes are written to directly. None and "-" are
        standard output.

    Raises
    ------
    OutputError
        If nothing can be written there.
    """
    name = "-" if target is None else os.fspath(target)
    if name == "-":
        if sys.stdout is None:
            raise OutputError("standard output is closed (name a file with -o)")
        stream = sys.stdout.buffer
        if isinstance(stream, io.RawIOBase):  # python -u: writes to it may stop half-way
            with open(stream.fileno(), "wb", closefd=False) as buffered:
                yield buffered
        else:
            yield stream
            stream.flush()
        return
    mode = _mode(name)
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError(f"{name}: it is a directory (name a file in it)")
    if mode is not None and not stat.S_ISREG(mode):
        with _opened(name, name, os.O_WRONLY) as stream:
            yield stream
        return
    # The file that a symbolic link means, or else the link would be replaced instead of it.
    path = os.path.realpath(name)
    beside = os.path.join(os.path.dirname(path), f".{os.path.basename(path)[:80]}.{secrets.token_hex(6)}.part")
    try:
        # Opened by hand: tempfile makes files that only their owner can read, and they would stay so.
        with _opened(beside, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as stream:
            if mode is not None:
                with suppress(OSError):
                    os.chmod(beside, stat.S_IMODE(mode))
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _mode(name: str) -> int | None:
    try:
        return os.stat(name).st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise OutputError(f"{name}: {_reason(error)} (choose another place with -o)") from error


def _opened(path: str, shown: str, flags: int) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666), "wb")
    except FileNotFoundError as error:
        raise OutputError(f"{shown}: its directory does not exist (make it first, or choose another)") from error
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown}: cannot be written, {_reason(error)} (choose another place with -o)") from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
