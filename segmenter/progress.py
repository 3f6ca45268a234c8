"""Progress of long work in a library: a bar where somebody watches, and nothing elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TypeVar

PATIENCE = 1.0
"""Seconds before a bar is shown unasked: what is done by then needs none."""

STEP = 0.2
"""Seconds between two looks of a bar in a notebook."""

_T = TypeVar("_T")


def counted(items: Iterable[_T], total: int, shown: bool | None = None) -> Iterator[_T]:
    """The items, counted by a bar.

    Parameters
    ----------
    items : iterable
    total : int
        How many there are.
    shown : bool, optional
        Whether there is a bar. By default in a notebook, once it takes longer than `PATIENCE`.
    """
    notebook = _in_notebook()
    if not (notebook if shown is None else shown):
        yield from items
    elif notebook:
        yield from _in_cell(items, total, 0.0 if shown else PATIENCE)
    else:
        from tqdm.std import tqdm

        with closing(tqdm(items, total=total, unit=" dumps", leave=False)) as bar:
            yield from bar


def _in_cell(items: Iterable[_T], total: int, patience: float) -> Iterator[_T]:
    # IPython's own: the bar of tqdm needs widgets, and where there are none it fills the saved notebook with lines.
    from IPython.display import ProgressBar

    bar, due = ProgressBar(total), time.monotonic() + patience
    drawn = False
    for done, item in enumerate(items):
        if time.monotonic() >= due:
            if not drawn:
                bar.display()
            bar.progress = done  # draws it
            drawn, due = True, time.monotonic() + STEP
        yield item
    if drawn:
        bar.progress = total


def _in_notebook() -> bool:
    """Whether somebody watches a cell: a Jupyter kernel, in the thread that runs its cells."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell" and threading.current_thread() is threading.main_thread()
