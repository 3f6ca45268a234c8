"""What the job says on standard error: lines for people, or one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from .terminal import Progress, say

_ONE = {"dumps read": "dump read", "stories": "story", "near-copies": "near-copy", "threads merged": "thread merged"}


class Log:
    """Reports the events of a job.

    Parameters
    ----------
    kind : {"text", "json"}
        In text there is a line for each failure and one at the end; in JSON one for everything.
    progress : Progress
        Taken away before a line is written.

    Attributes
    ----------
    expected : callable
        Gives the number of dumps that are to be filed, once it is known.
    """

    def __init__(self, kind: str, progress: Progress) -> None:
        self.kind, self.progress = kind, progress
        self.expected: Callable[[], int] = int
        self._undated = False

    def event(self, name: str, **about: Any) -> None:
        """Something that only JSON tells."""
        if self.kind == "json" and sys.stderr is not None:
            self.progress.clear()
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = json.dumps({"time": now, "event": name} | about)  # in ASCII: standard error has any encoding
            with suppress(OSError):
                print(line, file=sys.stderr, flush=True)

    def line(self, text: str, name: str, **about: Any) -> None:
        """Something that both tell: `text`, or the rest."""
        if self.kind == "json":
            self.event(name, **about)
        else:
            self.progress.clear()
            say(text)

    def __call__(self, name: str, **about: Any) -> None:
        """Report an event of a `Job`."""
        getattr(self, f"_on_{name}")(**about)

    def _on_failure(self, error: Any, dump: Any = None) -> None:
        facts = {"source": error.source, "place": error.place, "reason": error.reason, "remedy": error.remedy}
        if dump is not None:
            facts |= {"id": dump.id, "key": dump.key}
            self._step()
        self.line(str(error), "failure", **facts)

    def _on_undated(self, dump: Any, used: datetime) -> None:
        place = f"{dump.source}, {dump.place}" if dump.place else dump.source
        if self.kind == "json" or not self._undated:  # one line will do, the summary counts them
            self.line(f"{place}: the date {dump.date!r} cannot be read; {used.isoformat()} is taken for it (write "
                      "2024-03-01T12:00:00+00:00; further ones are only counted)", "undated", id=dump.id,
                      source=dump.source, place=dump.place, date=dump.date, used=used.isoformat())  # fmt: skip
        self._undated = True

    def _on_merge(self, dump: Any, merge: Any) -> None:
        self.event("merge", keep=merge.keep, other=merge.other, reason=merge.reason, id=dump.id, key=dump.key)

    def _on_dump(self, dump: Any, seconds: float, **counts: int) -> None:
        self.event("dump", id=dump.id, key=dump.key, date=dump.date.isoformat(), **counts, seconds=round(seconds, 4))
        self._step()

    def _step(self) -> None:
        self.progress.total = self.expected()
        self.progress.step()


def summary(counts: dict[str, Any]) -> str:
    """One line for people."""
    seconds = counts["seconds"]
    parts = [
        _listed(counts, "read", read="dumps read", new="new", known="known", repeated="repeated",
                unreadable="unreadable", undated="with an unreadable date"),
        _listed(counts, "filed", waiting="had been waiting", filed="filed", failed="failed"),
        _listed(counts, "stories", stories="stories", opened="opened a thread", joined="joined one",
                copies="near-copies", merges="threads merged"),
        f"{seconds['total']:.1f} s (" + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()
                                                  if name != "total") + ")",
    ]  # fmt: skip
    if counts["stories"]:
        parts.append(f"{counts['stories_per_minute']:,} stories a minute")
    return "; ".join(parts)


def _listed(counts: dict[str, Any], least: str, **names: str) -> str:
    """The counts that are not 0, and `least` in any case."""
    shown = {name: what for name, what in names.items() if counts[name] or name == least}
    return ", ".join(f"{counts[name]:,} {_ONE.get(what, what) if counts[name] == 1 else what}"
                     for name, what in shown.items())  # fmt: skip
