"""Dates along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dates_of(moments: Sequence[datetime]) -> list[float]:
    """Moments in UTC as matplotlib counts them: days since 1970."""
    from matplotlib.dates import date2num

    return [float(number) for number in date2num(list(moments))]


def date_axis(ax: Axes) -> None:
    """Label the x axis with dates in UTC, no finer than they differ."""
    from datetime import UTC

    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=UTC, minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
