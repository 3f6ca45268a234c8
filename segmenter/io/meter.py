"""How far reading has come, for those who watch: in bytes of the files, which are known before they are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress


class Meter:
    """Counts the bytes that are read of files, compressed ones as they lie on the disk.

    Attributes
    ----------
    total : int or None
        Bytes of all files that were added; None where one has no size, such as a pipe.
    """

    def __init__(self) -> None:
        self.total: int | None = 0
        self._before = 0
        self._size = 0
        self._at: Callable[[], float] | None = None

    def add(self, path: str) -> None:
        """Add a file that is to be read; one that is not there has nothing to read."""
        with suppress(OSError, ValueError):
            found = None if path == "-" else os.stat(path)
            if found is None or not stat.S_ISREG(found.st_mode):
                self.total = None
            elif self.total is not None:
                self.total += found.st_size

    def begin(self, size: int, at: Callable[[], float]) -> None:
        """A file of `size` bytes is opened; `at` tells how many are read."""
        self._size, self._at = size, at

    def end(self) -> None:
        """The file has been read, as far as it can be."""
        self._before += self._size
        self._size, self._at = 0, None

    def read(self) -> int:
        """How many bytes are read."""
        done = 0
        if self._at is not None:
            with suppress(OSError, ValueError):  # it may be closed already
                done = min(int(self._at()), self._size)
        return self._before + done
