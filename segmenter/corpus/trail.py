"""What a process leaves behind when it dies: which dumps of a part it was splitting.

Whoever makes the part anew, in whatever process and on whatever machine, finds it. Where several were split at once,
each is split by itself then. A dump at which two processes died is given up; one at which a process was killed for
another reason is split by the next.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_DEATHS = 2
_WIDTH = 20
_NONE = (-1, -1)
_LINE = re.compile(rb" *-?[0-9]+ +-?[0-9]+")


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
    suspects : set of int
        Numbers of those that are to be tried one by one.

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
        deaths = [(int(first), int(last)) for first, last in map(bytes.split, filter(_LINE.fullmatch, lines))]
        deaths = [run for run in deaths if run != _NONE]
        alone = Counter(first for first, last in deaths if first == last)
        self.given_up = {number for number, count in alone.items() if count >= _DEATHS}
        self.suspects = {number for first, last in deaths for number in range(first, last + 1)}
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - open until `remove`
        self._file.write(b"".join(_line(run) for run in (_NONE, *deaths)))

    @contextmanager
    def at(self, first: int, last: int) -> Iterator[None]:
        """While dumps from number `first` to `last` are split."""
        self._mark((first, last))
        try:
            yield
        finally:
            self._mark(_NONE)

    def _mark(self, run: tuple[int, int]) -> None:
        self._file.seek(0)
        self._file.write(_line(run))

    def close(self, *, remove: bool) -> None:
        """End it; without `remove` it stays for the next who tries."""
        self._file.close()
        if remove:
            with suppress(OSError):
                os.unlink(self._path)


def _line(run: tuple[int, int]) -> bytes:
    return b"%*d %*d\n" % (_WIDTH, run[0], _WIDTH, run[1])
