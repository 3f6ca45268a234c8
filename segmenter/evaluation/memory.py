"""How much memory processes have needed."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

LOOK = 0.1
"""Seconds between two looks at a family of processes; more where a look itself costs much."""

_PROC = Path("/proc")


def peak() -> int:
    """The most bytes that this process has held."""
    own = _peak_of("self")
    if own is not None:  # what `resource` says on Linux counts the process that started this one, too
        return own
    import resource  # there is none on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


class Family:
    """Looks, from a thread, at a process and all that descend from it, for as long as its ``with`` lasts.

    Each process has a peak of its own (``VmHWM`` of Linux), which the last look before it ends has seen but for what it
    grew by after that.

    Parameters
    ----------
    pid : int
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peaks: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._over.set()
        self._thread.join()

    @property
    def peak(self) -> int | None:
        """The peaks of all processes together, in bytes: no less than what they held at any one time.

        What they share (the program, libraries) is counted in each. None where there is no ``/proc``.
        """
        return sum(self._peaks.values()) or None

    def _watch(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            begun = time.thread_time()
            for pid in _family(self._pid):
                self._peaks[pid] = max(_peak_of(pid) or 0, self._peaks.get(pid, 0))
            pause = min(2 * LOOK, max(LOOK, 20 * (time.thread_time() - begun)))


def _peak_of(pid: int | str) -> int | None:
    """The most bytes that a process has held; None if that is not known, or it has ended."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)


def _family(pid: int) -> list[int]:
    """The process and those that descend from it."""
    found = [pid]
    for one in found:
        for thread in _PROC.glob(f"{one}/task/*/children"):
            try:
                found += map(int, thread.read_text().split())
            except OSError:
                continue  # it has ended
    return found
