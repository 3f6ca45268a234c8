"""Small pictures of when the stories of a thread appeared, all on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt

from .markup import day, minute

MAX_BINS = 240
"""Columns of a picture at most."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WIDTH, _HEIGHT, _LEAST, _LISTED = 480, 32, 4, 6


@dataclass(frozen=True)
class Axis:
    """The period of a page, cut into hours, days or several days.

    Parameters
    ----------
    first, last : datetime
        Of all stories, in UTC.
    start : datetime
        Where the first column begins: a full hour or day.
    step : timedelta
        Width of a column.
    count : int
        Number of columns.
    """

    first: datetime
    last: datetime
    start: datetime
    step: timedelta
    count: int

    @classmethod
    def over(cls, firsts: Sequence[datetime], lasts: Sequence[datetime]) -> Axis:
        """The axis from the earliest of `firsts` to the latest of `lasts`."""
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        first, last = min(firsts, default=epoch), max(lasts, default=epoch)
        start = first.replace(minute=0, second=0, microsecond=0)
        step = _HOUR
        if (last - start) // _HOUR >= 4 * 24:
            start = start.replace(hour=0)
            step = _DAY * ((last - start) // _DAY // MAX_BINS + 1)
        return cls(first, last, start, step, max(0, (last - start) // step) + 1)

    def bin(self, date: datetime) -> int:
        """The column of `date`; what lies outside of the period belongs to the nearest."""
        return min(max((date - self.start) // self.step, 0), self.count - 1)

    def legend(self) -> str:
        """The ends of the axis and what a column is, as HTML."""
        ends = [day(date) for date in (self.first, self.last)]
        return (
            f'<p class="axis" title="Columns: stories {self.every()}; their height grows with the square root of the '
            f'number, alike in all threads"><span>{ends[0]}</span><span>{self.every()}</span><span>{ends[1]}</span>'
            "</p>\n"
        )

    def picture(self, bins: Mapping[int, int], scale: int) -> str:
        """Columns as an inline SVG with a text in their place.

        Parameters
        ----------
        bins : mapping of int to int
            Number of stories by column.
        scale : int
            The number that is drawn at full height.
        """
        wide = _WIDTH / self.count
        thick = max(_LEAST, wide - 1)
        columns = []
        for i, count in sorted(bins.items()):
            # Even one story is a column that can be seen, and a thick one stays inside at either end.
            height = max(5, round(_HEIGHT * sqrt(count / scale)))
            left = min(max(0.0, (i + 0.5) * wide - thick / 2), _WIDTH - thick)
            columns.append(f"M{left:.4g} {_HEIGHT}v-{height}h{thick:.3g}v{height}z")
        return (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"><title>{self._words(bins)}'
            f'</title><path d="{"".join(columns)}"/></svg>'
        )

    def _words(self, bins: Mapping[int, int]) -> str:
        if not bins:
            return "no stories"
        if len(bins) <= _LISTED:
            listed = ", ".join(f"{self._label(i)}: {count:,}" for i, count in sorted(bins.items()))
            return f"stories {self.every()}: {listed}"
        peak = min(bins, key=lambda i: (-bins[i], i))
        return (
            f"stories {self.every()}: {sum(bins.values()):,} from {self._label(min(bins))} to "
            f"{self._label(max(bins))}, most at {self._label(peak)}: {bins[peak]:,}"
        )

    def _label(self, i: int) -> str:
        date = self.start + i * self.step
        return minute(date) if self.step < _DAY else day(date)

    def every(self) -> str:
        """What a column is, in words: "per day"."""
        if self.step < _DAY:
            return "per hour"
        return "per day" if self.step == _DAY else f"per {self.step // _DAY} days"
