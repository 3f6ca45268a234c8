"""Threads over time: a row for each, a dot for each story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..markup import moment, value
from ..threads import story_rows, thread_rows
from .canvas import Palette, axes, label, say, words
from .dates import date_axis, dates_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LIMIT = 30
"""Threads shown unless told otherwise."""

BESIDE = (0.0, -0.28, 0.28, -0.14, 0.14)
"""Of the height of a row: where dots stand that would lie on each other. There are no more of them."""

_DOTS = 60  # along the time
_TITLE = 44  # columns


def thread_timeline(threads: pd.DataFrame, stories: pd.DataFrame | Iterable[Mapping[str, Any]], ax: Axes | None = None,
                    *, limit: int = LIMIT) -> Axes:  # fmt: skip
    """Draw the largest threads over time, that which began first on top.

    A filled dot is a story, a ring a near-copy of one. Stories of one time stand above each other, five at most: more
    are counted, but not drawn.

    Parameters
    ----------
    threads : DataFrame
        As `Store.threads` gives it: ``id``, ``first``, ``last``, ``stories``, and ``title`` where there is one.
    stories : DataFrame or iterable of mappings
        As `Store.stories` or `Store.iter_stories` gives them: ``thread``, ``date``, and ``copy_of`` where there is one.
        Read once; those of other threads are passed over.
    ax : Axes, optional
        Where to draw; by default a new figure.
    limit : int
        Threads shown at most, those with the most stories, the newest of equals. How many are left out stands below.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If `threads` or a story lacks what is needed.
    ValueError
        If `limit` is less than 1.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    if limit < 1:
        raise ValueError(f"limit is at least 1, not {limit}")
    every = sorted(thread_rows(threads), key=lambda row: (-int(row["stories"]), -moment(row["last"]).timestamp(),
                                                          str(row["id"])))  # fmt: skip
    shown = sorted(every[:limit], key=lambda row: (moment(row["first"]), moment(row["last"]), str(row["id"])))
    ax = axes(ax, 9, 1.1 + 0.3 * max(2, len(shown)))
    ax.set_xlabel("date (UTC)", loc="left")
    if not shown:
        return say(ax, "there are no threads")
    palette = Palette.of(ax)
    told = _told(shown, stories)
    ends = [moment(row[end]) for row in shown for end in ("first", "last")]
    first, last = dates_of([min(ends), max(ends)])
    margin = max((last - first) * 0.03, 1 / 24)
    first, last = first - margin, last + margin
    copies = sum(copy for _, _, copy in told)
    dots, rings = _places(told, first, last)

    spans = [dates_of([moment(row["first"]), moment(row["last"])]) for row in shown]
    ax.hlines(range(len(shown)), [a for a, _ in spans], [b for _, b in spans], color=palette.faint, lw=2, zorder=1,
              label="_threads")  # fmt: skip
    ax.plot(*_columns(dots), "o", ms=6, mew=1.3, color=palette.accent, zorder=2,
            label=f"story ({len(told) - copies:,})")  # fmt: skip
    if rings:
        ax.plot(*_columns(rings), "o", ms=6, mew=1.3, mec=palette.accent, mfc=palette.paper, zorder=3,
                label=f"near-copy ({copies:,})")  # fmt: skip
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.2)
    ax.set(xlim=(first, last), ylim=(len(shown) - 0.4, -0.6))
    date_axis(ax)
    titles = [value(row.get("title")) for row in shown]
    ax.set_yticks(range(len(shown)), ["(no title)" if title is None else label(title, _TITLE) for title in titles],
                  color=palette.ink, **words())  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if len(every) > len(shown):
        ax.set_xlabel(f"date (UTC); {len(every) - len(shown):,} smaller threads are not shown")
    return ax


def _told(shown: list[dict[str, Any]], stories: Any) -> list[tuple[int, datetime, bool]]:
    """Row, date and whether it is a near-copy, of every story of the threads that are shown; by date."""
    rows = {row["id"]: i for i, row in enumerate(shown)}
    told = []
    for number, story in enumerate(story_rows(stories)):
        for name in ("thread", "date"):
            if value(story.get(name)) is None:
                raise InputError("stories", f"row {number}", f"it has no {name!r}", "pass what Store.stories() gives")
        row = rows.get(story["thread"])
        if row is not None:
            told.append((row, moment(story["date"]), value(story.get("copy_of")) is not None))
    return sorted(told)


def _places(told: list[tuple[int, datetime, bool]], first: float, last: float) -> Any:
    """Where the stories have their dots, and the near-copies their rings."""
    last_in: dict[tuple[int, float], float] = {}
    wide = (last - first) / _DOTS
    places: dict[bool, list[tuple[float, float]]] = defaultdict(list)
    for (row, _, copy), date in zip(told, dates_of([date for _, date, _ in told]), strict=True):
        # The last place is kept for near-copies, so that however many stories there are a ring shows.
        lanes = BESIDE if copy else BESIDE[:-1]
        free = (lane for lane in lanes if date - last_in.get((row, lane), first - wide) >= wide)
        lane = next(free, None)
        if lane is not None:
            places[copy].append((date, row + lane))
            last_in[row, lane] = date
    return places[False], places[True]


def _columns(places: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in places], [y for _, y in places]
