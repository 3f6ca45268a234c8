"""A tracker in step with its store: it knows just the stories that the next dump can be compared with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from .dates import EARLIEST, shifted
from .store import Store
from .tracker import StoryTracker


class Present:
    """The tracker at the date of one dump after the other.

    What the tracker knows follows from the store and the date alone: all stored stories of the window around it. So
    memory is bounded by the window, and a job that was killed and begun again decides as it would have decided.

    Parameters
    ----------
    store : Store
    make : callable
        Makes an empty tracker.
    """

    def __init__(self, store: Store, make: Callable[[], StoryTracker]) -> None:
        self.store, self.make = store, make
        self._tracker: StoryTracker | None = None
        self._date = self._until = EARLIEST
        self._last: datetime | None = None

    def at(self, date: datetime) -> StoryTracker:
        """The tracker for a dump of `date`. It remembers what it assigns, which is to be filed then, or `lost`."""
        if self._tracker is not None and date == self._date:
            return self._tracker
        if self._tracker is None or date < self._date:
            tracker = self.make()
            window = timedelta(days=tracker.window)
            since, until = shifted(date, -window), shifted(date, window)
            tracker.restore(self.store.live(since, until))
            self._last = self.store.last_date()
        else:
            tracker = self._tracker
            window = timedelta(days=tracker.window)
            since, until = shifted(date, -window), shifted(date, window)
            tracker.forget(since)
            # What the job itself filed is dated before `date`, and the tracker knows it: it is not read again.
            if self._last is not None and self._last > self._until:
                tracker.restore(self.store.live(since, until, after=self._until))
        self._tracker, self._date, self._until = tracker, date, until
        return tracker

    def lost(self) -> None:
        """What was assigned was not filed: the tracker is made anew from the store."""
        self._tracker = None
