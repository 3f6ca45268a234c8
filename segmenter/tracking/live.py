"""The stories that a new one is compared with, in arrays that grow and shrink with the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fingerprints import HASHES
from .likeness import Floats, Profile

_FIRST_ROOM = 256


@dataclass(slots=True)
class Member:
    """A story that was decided on."""

    key: str
    date: datetime
    copy_of: str | None
    profile: Profile


class LiveStories:
    """Stories, their vectors and sketches side by side, and which thread has which.

    Parameters
    ----------
    dimension : int
        Length of the vectors.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.members: list[Member] = []
        self.threads: list[str] = []
        self.rows: dict[str, list[int]] = {}
        self._vectors = np.empty((0, dimension))
        self._sketches = np.empty((0, HASHES), dtype=np.uint32)
        self._days = np.empty(0)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def vectors(self) -> Floats:
        """Shape (n, dimension)."""
        return self._vectors[: len(self)]

    @property
    def sketches(self) -> NDArray[np.uint32]:
        """Shape (n, HASHES)."""
        return self._sketches[: len(self)]

    @property
    def days(self) -> Floats:
        """Dates in days, shape (n,)."""
        return self._days[: len(self)]

    def add(self, member: Member, thread: str, sketch: NDArray[np.uint32]) -> None:
        """Put one more at the end."""
        row = len(self.members)
        if row == len(self._days):
            self._make_room(max(_FIRST_ROOM, 2 * row))
        self._vectors[row] = member.profile.vector
        self._sketches[row] = sketch
        self._days[row] = member.profile.day
        # One copy of each vector is enough.
        self.members.append(member)
        self.threads.append(thread)
        self.rows.setdefault(thread, []).append(row)

    def merge(self, keep: str, other: str) -> None:
        """Give the stories of one thread to another."""
        moved = self.rows.pop(other, [])
        for row in moved:
            self.threads[row] = keep
        if moved:
            self.rows[keep] = sorted(self.rows.get(keep, []) + moved)

    def keep(self, rows: Sequence[int]) -> None:
        """Drop all but these, which are sorted."""
        index = np.asarray(rows, dtype=np.intp)
        room = max(_FIRST_ROOM, 2 * len(index))
        old: tuple[NDArray[Any], ...] = self._vectors, self._sketches, self._days
        members, threads = [self.members[i] for i in rows], [self.threads[i] for i in rows]
        self.members, self.threads, self.rows = members, threads, {}
        self._vectors = np.empty((room, self.dimension))
        self._sketches = np.empty((room, HASHES), dtype=np.uint32)
        self._days = np.empty(room)
        fresh: tuple[NDArray[Any], ...] = self._vectors, self._sketches, self._days
        for new, before in zip(fresh, old, strict=True):
            new[: len(index)] = before[index]
        for row, thread in enumerate(threads):
            self.rows.setdefault(thread, []).append(row)

    def _make_room(self, room: int) -> None:
        n = len(self.members)
        for name in ("_vectors", "_sketches", "_days"):
            old = getattr(self, name)
            new = np.empty((room, *old.shape[1:]), dtype=old.dtype)
            new[:n] = old[:n]
            setattr(self, name, new)
