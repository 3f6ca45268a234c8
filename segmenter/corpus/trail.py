"""What a process leaves behind when it dies: which dump of a part it was splitting.

Whoever makes the part anew, in whatever process and on whatever machine, finds it. A dump at which two processes died
is given up; one at which a process was killed for another reason is split by the next.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_DEATHS = 2
_WIDTH = 20
_NONE = -1


class Trail:
    """The trail of one part.

    Parameters
    ----------
    path : str
        Where it is kept. The file is there as long as the part is being made.

    Attributes
    ----------
    given_up : set of int
        Numbers of dumps, within the part, that are not to be tried again.

    Raises
    ------
    OSError
        If it cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        lines = []
        with suppress(FileNotFoundError), open(path, "rb") as left:
            lines = left.read().split(b"\n")
        found = [int(line) for line in lines if line.strip().lstrip(b"-").isdigit()]
        deaths = [number for number in found if number != _NONE]
        self.given_up = {number for number, count in Counter(deaths).items() if count >= _DEATHS}
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - open until `remove`
        self._file.write(b"".join(_line(number) for number in (_NONE, *deaths)))

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        """While dump `number` is split."""
        self._mark(number)
        try:
            yield
        finally:
            self._mark(_NONE)

    def _mark(self, number: int) -> None:
        self._file.seek(0)
        self._file.write(_line(number))

    def close(self, *, remove: bool) -> None:
        """End it; without `remove` it stays for the next who tries."""
        self._file.close()
        if remove:
            with suppress(OSError):
                os.unlink(self._path)


def _line(number: int) -> bytes:
    return b"%*d\n" % (_WIDTH, number)
