"""From the dumps of an input to those that a store keeps: key, moment and outlet."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import InputError
from ..io import Dump
from .bookkeeping import batches
from .counts import Counts
from .dates import read_date
from .records import PendingDump
from .store import Store


def dump_key(dump: Dump) -> str:
    """What tells a dump from others: its text, and its id if the input gave one.

    An id that was made of the name of a file does not count, so that a file that was moved is not taken for new.
    """
    what = json.dumps([dump.id if dump.named else None, dump.text])
    return hashlib.sha256(what.encode()).hexdigest()


@dataclass(frozen=True)
class Intake:
    """Makes pending dumps of dumps.

    Parameters
    ----------
    unreadable : callable
        Told of each dump whose date cannot be read, and of the date that it gets instead.
    date : datetime, optional
        Of dumps that have none; by default when their file was changed last, or else now.
    outlet : str
        Column of the outlet.
    """

    unreadable: Callable[[Dump, datetime], None]
    date: datetime | None = None
    outlet: str = "outlet"

    def __call__(self, dump: Dump) -> PendingDump:
        """The dump as the store keeps it."""
        date = None if dump.date is None else read_date(dump.date)
        if date is None:
            date = self.date or _modified(dump) or datetime.now(UTC)
            if dump.date is not None:
                self.unreadable(dump, date)
        meta = dict(dump.meta)
        outlet = _name(meta.get(self.outlet))
        if outlet is not None:
            del meta[self.outlet]
        return PendingDump(dump_key(dump), dump.id, dump.text, date, dump.date, outlet, meta, dump.source, dump.place)


def readable(dumps: Iterable[Dump | InputError], intake: Intake, counts: Counts,
             failed: Callable[[InputError], None]) -> Iterator[PendingDump]:  # fmt: skip
    """The dumps as a store takes them, counted; what could not be read goes to `failed`."""
    for dump in dumps:
        if isinstance(dump, InputError):
            counts.unreadable += 1
            failed(dump)
        else:
            counts.read += 1
            yield intake(dump)


def survey(dumps: Iterable[Dump | InputError], store: Store | None, report: Callable[..., None],
           date: datetime | None = None) -> Counts:  # fmt: skip
    """What a job would find new in `dumps`, without writing anything; `report` and `date` as for a `Job`."""
    counts, begun = Counts(), time.monotonic()

    def undated(dump: Dump, used: datetime) -> None:
        counts.undated += 1
        report("undated", dump=dump, used=used)

    given = readable(dumps, Intake(undated, date), counts, lambda error: report("failure", error=error))
    seen: set[str] = set()
    for batch in batches(dump.key for dump in given):
        fresh = set(batch) - seen
        known = store.known(sorted(fresh)) if store is not None else set()
        counts.known += len(known)
        counts.new += len(fresh - known)
        seen |= fresh
    counts.repeated = counts.read - counts.new - counts.known
    counts.waiting = store.pending_count() if store is not None else 0
    counts.seconds["total"] = counts.seconds["reading"] = time.monotonic() - begun
    return counts


def _modified(dump: Dump) -> datetime | None:
    try:
        return None if dump.modified is None else datetime.fromtimestamp(dump.modified, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _name(value: Any) -> str | None:
    """An outlet is a text or a number; what else stands there stays where it was."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
