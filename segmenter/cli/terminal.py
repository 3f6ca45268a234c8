"""The process around the commands: what it says on standard error, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..io import one_line


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
    """A line on standard error that counts dumps, and is gone at the end."""

    def __init__(self, shown: bool | None = None, *, quiet: bool = False) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        # Where the output itself scrolls by, the line would only stand between.
        self.shown = terminal and not quiet if shown is None else shown and sys.stderr is not None
        self.done, self.drawn = 0, False
        self.began = self.last = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def step(self, count: int = 1) -> None:
        """Count one more, or several."""
        self.done += count
        now = time.monotonic()
        if self.shown and now - self.last >= 0.2:
            self.last, self.drawn = now, True
            sys.stderr.write(f"\r{self.done} dumps, {self.done / (now - self.began):.1f} a second ")
            sys.stderr.flush()

    def say(self, message: str) -> None:
        """Print one line on standard error."""
        self.clear()
        say(message)

    def clear(self) -> None:
        """Take the line away."""
        if self.drawn:
            sys.stderr.write("\r" + " " * 48 + "\r")
            sys.stderr.flush()
            self.drawn = False
