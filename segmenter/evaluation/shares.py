"""Where the time goes: which part of the package runs, looked up a thousand times a second."""

from __future__ import annotations

import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

EVERY = 0.001
"""Seconds between two looks."""

REST = "the rest"
PARTS = {
    "io/writers": "writing", "io/output": "writing", "io/values": None, "io": "reading",
    "blocks": "blocks", "seams": "seams", "openings": "openings",
    "embedding/words": "tokenizer", "embedding": "embedding",
    "cues": "cues", "features": "features", "furniture": "kinds network",
    "boundaries": "boundaries", "partition": "boundaries", "tying": "boundaries", "windows": None,
    "language": "language",
    "topics/phrases": "key phrases", "topics/lexis": "key phrases", "topics/arabic": "key phrases",
    "topics/particles": "key phrases", "topics/memory": "key phrases", "topics/candidates": "key phrases",
    "topics/runs": "key phrases", "topics": "topics",
}  # fmt: skip
"""What a module, or those of a folder, belong to; None: to what called it, as all that is not named."""

SHARED = ("tokenizer", "embedding")
STEPS = ("key phrases", "topics", "seams")
"""Parts that call the shared ones for texts of their own; otherwise these work on the blocks."""

_PACKAGE = Path(__file__).parents[1]


@contextmanager
def shares() -> Iterator[dict[str, float]]:
    """Look at this thread, the main one, as long as the ``with`` lasts.

    Yields
    ------
    dict
        Seconds by part, wall time. A look that comes late, since something long ran in between, counts for as much as
        has passed since the last.

    Raises
    ------
    OSError
        Where there are no such timers, as on Windows.
    """
    if not hasattr(signal, "setitimer"):
        raise OSError("this system has no timers that would tell where the time goes")
    seconds: dict[str, float] = defaultdict(float)
    last = time.perf_counter()

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[part_of(frame)] += now - last
        last = now

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    try:
        yield seconds
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        look(0, sys._getframe())


def part_of(frame: FrameType | None) -> str:
    """The part that a frame belongs to: its own, or that of the next caller that has one."""
    found = ""
    while frame is not None:
        part = _part(frame.f_code.co_filename)
        if part and not found:
            if part not in SHARED:
                return part
            found = part
        elif part in STEPS:
            return f"{found} for {part}"
        frame = frame.f_back
    return f"{found} for blocks" if found else REST


@cache
def _part(filename: str) -> str | None:
    path = Path(filename)
    if not path.is_relative_to(_PACKAGE):
        return None
    name = path.relative_to(_PACKAGE).with_suffix("").as_posix()
    known = name if name in PARTS else name.partition("/")[0]
    return PARTS.get(known)
