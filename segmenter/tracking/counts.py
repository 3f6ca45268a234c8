"""What a job counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Counts:
    """What a job has done so far.

    Parameters
    ----------
    read, unreadable : int
        Dumps that the inputs held, and inputs or records that could not be read.
    undated : int
        Dumps whose date could not be read.
    waiting : int
        Dumps that a job before this one left in the inbox, or that are tried again.
    new, known, repeated : int
        Of the dumps that were read: new to the store, in it already, and given more than once.
    filed, failed : int
        Dumps that were split and filed, and those that could not be.
    stories, opened, joined, copies, merges : int
        Stories that were filed; threads that they opened; stories that joined a thread; those that are nearly a copy
        of another; and threads that were merged.
    seconds : dict
        What the time went into: "reading" includes the inbox, "tracking" also reading the store for the tracker,
        "total" all of it.
    """

    read: int = 0
    unreadable: int = 0
    undated: int = 0
    waiting: int = 0
    new: int = 0
    known: int = 0
    repeated: int = 0
    filed: int = 0
    failed: int = 0
    stories: int = 0
    opened: int = 0
    joined: int = 0
    copies: int = 0
    merges: int = 0
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("total", "reading", "splitting", "tracking", "storing"), 0.0)
    )

    @property
    def per_minute(self) -> float:
        """Stories filed a minute of the whole job."""
        return 60 * self.stories / self.seconds["total"] if self.seconds["total"] else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON values, times rounded to milliseconds."""
        seconds = {name: round(value, 3) for name, value in self.seconds.items()}
        return asdict(self) | {"seconds": seconds, "stories_per_minute": round(self.per_minute)}
