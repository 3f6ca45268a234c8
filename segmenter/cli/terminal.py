"""The process around the commands: what it says on standard error, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..io import one_line

_STEP = 0.2
"""Seconds from one look of the progress to the next."""

_SOONEST = 5.0
"""Seconds after which the time left is said: the first dumps wait for the model, and tell nothing of the others."""


def say(message: str) -> None:
    """Print one line on standard error."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"segmenter: {one_line(message)}", file=sys.stderr, flush=True)


class Stopped(BaseException):
    """A signal asks the program to end."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception, so that temporary files are removed on the way out."""
    before: dict[int, Any] = {}

    def stop(number: int, frame: object) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # a second one would cut the removal short
        raise Stopped(number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # One that is ignored stays so: that is how nohup works.
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def forget_stdout() -> None:
    """Send what is still in the buffer of standard output nowhere, or else the interpreter complains at its end."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Progress:
    """A line on standard error that says how far the work has come, and is gone at the end.

    Parameters
    ----------
    shown : bool, optional
        By default where standard error is a terminal.
    quiet : bool
        Not unless it is asked for.
    clock : callable, optional
        Gives seconds.

    Attributes
    ----------
    done, total : int
        Dumps so far and in all; 0 where nobody knows how many there are.
    """

    def __init__(self, shown: bool | None = None, *, quiet: bool = False,
                 clock: Callable[[], float] | None = None) -> None:  # fmt: skip
        terminal = sys.stderr is not None and sys.stderr.isatty()
        # Where the output itself scrolls by, the line would only stand between.
        self.shown = terminal and not quiet if shown is None else shown and sys.stderr is not None
        self.clock = clock or time.monotonic
        self._drawn = 0
        self.begin()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def begin(self, what: str = "") -> None:
        """Begin to count and to measure anew."""
        self.clear()
        self.done = self.total = 0
        self._what, self._share, self._counted = what, 0.0, ""
        self._began = self._last = self.clock()

    def step(self, count: int = 1) -> None:
        """Count one more, or several."""
        self.done += count
        if self.total:
            self._share = self.done / self.total
        now = self.clock() if self.shown else 0.0
        if self.shown and now - self._last >= _STEP:
            self._last, line = now, self._line(now - self._began)
            sys.stderr.write(f"\r{line.ljust(self._drawn)}")
            sys.stderr.flush()
            self._drawn = len(line)

    def at(self, done: int, total: int | None, unit: str = "") -> None:
        """So much of the work is done with the next step; said in units, or in percent. `total` may be unknown."""
        if total:
            self._share = done / total
            self._counted = f"{done:,} of {total:,} {unit}" if unit else ""

    def _line(self, seconds: float) -> str:
        line = f"{self._what}{self.done:,} dumps, {self.done / seconds:.1f} a second"
        share = min(self._share, 1.0)
        if share or self._counted:
            line += f"; {self._counted or f'{100 * share:.0f} %'}"
        if share and seconds >= _SOONEST:
            line += f", {_lasting(seconds / share - seconds)} left"
        return line + " "

    def say(self, message: str) -> None:
        """Print one line on standard error."""
        self.clear()
        say(message)

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            sys.stderr.write(f"\r{' ' * self._drawn}\r")
            sys.stderr.flush()
            self._drawn = 0


def _lasting(seconds: float) -> str:
    """How long something lasts, as people say it."""
    minutes = round(seconds / 60)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{round(hours / 24)} days"
