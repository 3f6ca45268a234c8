"""Stories by topic, and over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ...document import Document
from ...errors import InputError
from ..markup import moment, value
from ..timeline import Axis
from .canvas import Palette, axes, boxes, label, say, words
from .dates import date_axis, dates_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST = 12
"""Topics with a row of their own unless told otherwise."""

_NAME = 40  # columns
_REST, _NONE = object(), object()


class _Story(NamedTuple):
    topic: Any
    name: Any
    date: Any


def topics(stories: Document | Iterable[Document] | pd.DataFrame, ax: Axes | None = None, *, date: str | None = None,
           most: int = MOST) -> Axes:  # fmt: skip
    """Draw how many stories each topic has; with dates, how many over time.

    A story counts for its first topic. A topic that has names in several languages goes by the most frequent.

    Parameters
    ----------
    stories : Document, iterable of Document, or DataFrame
        A frame has one row a segment, as `split_frame` and `Document.to_frame` give it, or one row a story, as
        `Store.stories`.
    ax : Axes, optional
        Where to draw; by default a new figure.
    date : str, optional
        Draw over time: the column of the frame that holds dates (join it to a frame of `split_frame` by the index), or
        the name of a value that the documents carry (`Document.meta`), where "date" is `Document.date`. Dates without
        a zone are in UTC. Every topic has a row of columns, which are hours, days or several days wide and alike in
        scale.
    most : int
        Topics with a row of their own, the most frequent; the others share one.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If the frame has no such columns.
    ValueError
        If `most` is less than 1.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    if most < 1:
        raise ValueError(f"most is at least 1, not {most}")
    found = list(_stories(stories, date))
    names: dict[Any, Counter[str]] = defaultdict(Counter)
    counts: Counter[Any] = Counter()
    for story in found:
        counts[_NONE if story.topic is None else story.topic] += 1
        names[story.topic][str(story.topic if story.name is None else story.name)] += 1
    ranked = [topic for topic, _ in counts.most_common() if topic is not _NONE]
    rest = ranked[most:]
    rows = ranked[:most] + [_REST] * bool(rest) + [_NONE] * bool(counts[_NONE])
    counts[_REST] = sum(counts[topic] for topic in rest)
    labels = [f"{len(rest)} other topics" if row is _REST else "no topic" if row is _NONE
              else label(names[row].most_common(1)[0][0], _NAME) for row in rows]  # fmt: skip

    ax = axes(ax, 7, 1.1 + (0.3 if date is None else 0.42) * max(2, len(rows)))
    ax.set_xlabel("stories" if date is None else "date (UTC)")
    if not found:
        return say(ax, "there are no stories")
    palette = Palette.of(ax)
    if date is None:
        _bars(ax, [counts[row] for row in rows], [row in (_REST, _NONE) for row in rows], palette)
    else:
        for i, row in enumerate(rows):
            ax.text(1.01, i, f"{counts[row]:,}", transform=ax.get_yaxis_transform(), va="center", color=palette.soft)
        ax.text(1.01, -0.75, "total", transform=ax.get_yaxis_transform(), va="center", size="small", color=palette.soft)
        where = {topic: i for i, topic in enumerate(rows)}
        _over_time(ax, [(where.get(_NONE if s.topic is None else s.topic, where.get(_REST)), s.date) for s in found],
                   [row in (_REST, _NONE) for row in rows], palette)  # fmt: skip
    ax.set_yticks(range(len(rows)), labels, color=palette.ink, **words("medium"))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(date is None)
    return ax


def _bars(ax: Axes, counts: list[int], aside: list[bool], palette: Palette) -> None:
    bars = ax.barh(range(len(counts)), counts, 0.7, color=[palette.faint if a else palette.accent for a in aside])
    ax.bar_label(bars, [f"{count:,}" for count in counts], padding=3, color=palette.ink)
    ax.set(xlim=(0, 1.08 * max(counts)), ylim=(len(counts) - 0.4, -0.6) if len(counts) > 1 else (1, -1))
    ax.locator_params("x", integer=True, min_n_ticks=1)
    ax.xaxis.set_major_formatter("{x:,.0f}")


def _over_time(ax: Axes, stories: list[tuple[Any, datetime | None]], aside: list[bool], palette: Palette) -> None:
    dated = [(row, date) for row, date in stories if date is not None]
    ax.set_ylim(len(aside) - 0.5, -0.75)
    if not dated:
        ax.set_xlabel(f"date (UTC); no date can be read of {len(stories):,} stories")
        ax.set_xticks([])
        return
    dates = [date for _, date in dated]
    axis = Axis.over(dates, dates)
    heights = Counter((row, axis.bin(date)) for row, date in dated)
    highest = max(heights.values())
    left, wide = dates_of([axis.start, axis.start + axis.step])
    wide -= left
    bars = sorted(heights.items())
    boxes(ax, [(left + i * wide, row + 0.36, left + (i + 0.92) * wide, row + 0.36 - 0.85 * count / highest)
               for (row, i), count in bars],
          facecolors=[palette.soft if aside[row] else palette.accent for (row, _), _ in bars], linewidths=0,
          label="_columns")  # fmt: skip
    ax.hlines([row + 0.36 for row in range(len(aside))], 0, 1, transform=ax.get_yaxis_transform(), color=palette.faint,
              lw=0.8, zorder=0)  # fmt: skip
    ax.set_xlim(left, left + axis.count * wide)
    date_axis(ax)
    undated = f"; {len(stories) - len(dated):,} stories without a date" if len(dated) < len(stories) else ""
    ax.set_xlabel(f"date (UTC); stories {axis.every()}, at most {highest:,}{undated}", loc="left")


def _stories(given: Document | Iterable[Document] | pd.DataFrame, date: str | None) -> Iterator[_Story]:
    if hasattr(given, "columns"):
        yield from _of_frame(cast("pd.DataFrame", given), date)
        return
    documents = [given] if isinstance(given, Document) else given
    for document in documents:
        when = None if date is None else _date(document.date if date == "date" else document.meta.get(date))
        for story in document.stories:
            best = story.topic
            yield _Story(best and best.id, best and best.name, when)


def _of_frame(frame: pd.DataFrame, date: str | None) -> Iterator[_Story]:
    wanted = ["topic", "story", *([] if date is None else [date])]
    for name in wanted:
        if name not in frame.columns:
            raise InputError("stories", "", f"there is no column {name!r}",
                             "pass what split_frame() or Store.stories() gives")  # fmt: skip
    by_segment = "segment" in frame.columns
    names = [name for name in ("id", "segment", "story", "topic", "topic_name") if name in frame.columns]
    columns = [frame[name] for name in names] + ([] if date is None else [frame[date]])
    seen: set[Any] = set()
    before, dump = None, 0
    for cells in zip(*columns, strict=True):
        row: Mapping[str, Any] = dict(zip(names, map(value, cells), strict=False))
        if by_segment:
            # Segments count up within a dump, so a new one begins where they do not; dumps may have one id, or none.
            place = (row.get("id"), row["segment"])
            if before is None or place[0] != before[0] or place[1] <= before[1]:
                dump += 1
            before = place
            if row["story"] is None or (dump, row["story"]) in seen:
                continue
            seen.add((dump, row["story"]))
        yield _Story(row["topic"], row.get("topic_name"), None if date is None else _date(value(cells[-1])))


def _date(given: Any) -> datetime | None:
    from ...tracking.dates import read_date  # not above: without dates nothing of tracking is needed

    if given is None:
        return None
    return moment(given) if hasattr(given, "tzinfo") else read_date(str(given))
