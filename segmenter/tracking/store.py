"""The store: the one thing that talks to the database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from ..errors import InputError, StoreMismatch
from . import corrections, filing, queries
from .bookkeeping import id_of, next_number
from .database import Database
from .records import FiledStory, Filing, LiveStory, Merge, PendingDump
from .schema import runs

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .thread import Thread


class Store:
    """Dumps, stories and threads, in SQLite or PostgreSQL.

    A dump is staged, waits in the inbox, and is filed with its stories in one transaction: whenever the process ends,
    each dump is either filed as a whole or still waits. Threads are never deleted, and no id is used twice. Methods
    may be called from several processes at once; iterators read page by page and keep no transaction open.

    Parameters
    ----------
    url : str or path
        A file for SQLite, as a path or "sqlite:///stories.db", or "postgresql://user@host/database". Stores that an
        older version made are brought up to date.
    create : bool
        Whether to make the store if there is none.

    Raises
    ------
    StoreError
        If there is no store and none is to be made, or if it cannot be opened: no server, another program's database,
        a newer version's store.

    Examples
    --------
    >>> with Store("stories.db") as store:  # doctest: +SKIP
    ...     print(store.threads(since=datetime(2024, 1, 1, tzinfo=UTC)))
    """

    def __init__(self, url: str | os.PathLike[str] = "sqlite:///stories.db", *, create: bool = True) -> None:
        self._database = Database(url, create=create)

    @property
    def name(self) -> str:
        """The address without password."""
        return self._database.name

    def close(self) -> None:
        """Close all connections. The store can not be used any more."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    def lock(self, wait: float = 0.0) -> AbstractContextManager[None]:
        """Be the one job on this store.

        Reading, staging and corrections need no lock. It ends with the process, however that ends.

        Parameters
        ----------
        wait : float
            Seconds to wait for a job that holds it.

        Raises
        ------
        StoreBusy
            On entering, if another job holds it still.
        """
        return self._database.lock(wait)

    # --- dumps in ------------------------------------------------------------------------------------------------

    def stage(self, dumps: Iterable[PendingDump]) -> tuple[int, int]:
        """Put dumps into the inbox, in transactions of a few hundred.

        Returns
        -------
        new, known : int
            How many were put there, and how many are in the store already, filed, failed or waiting. A dump that is
            given twice counts once.
        """
        return filing.stage(self._database, dumps)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Which of these keys of dumps are in the store: filed, failed or waiting."""
        return filing.known(self._database, keys)

    def settle(self, name: str, value: Any) -> None:
        """Hold on to what all stories of the store have in common: the first `value` of each name stays.

        Parameters
        ----------
        name : str
            What it is, such as "embedding".
        value : JSON value

        Raises
        ------
        StoreMismatch
            If the store has another value.
        """
        found = filing.settle(self._database, name, value)
        if found != value:
            raise StoreMismatch(f"{self.name}: its stories were filed with {name} {found!r}, which those filed with "
                                f"{value!r} cannot be compared to (use the same, or begin a new store)")  # fmt: skip

    def pending_count(self) -> int:
        """How many dumps wait in the inbox."""
        return filing.pending_count(self._database)

    def pending(self) -> Iterator[PendingDump]:
        """The dumps that wait, in the order of date and then key.

        They may be filed while this is read. A dump that is staged meanwhile comes too if its place is still ahead.
        """
        return filing.pending(self._database)

    def file(self, dump: PendingDump, *, length: int, language: str, version: str,
             stories: Sequence[FiledStory], merges: Sequence[Merge] = ()) -> Filing | None:  # fmt: skip
        """File a dump with its stories, in one transaction.

        The rows of their threads are made or counted up, and the dump leaves the inbox. A story whose thread was
        merged goes to the thread that this was merged into.

        Parameters
        ----------
        dump : PendingDump
            Need not have been staged.
        length : int
            Code points of its text.
        language : str
            Its language.
        version : str
            Version of the program that split it.
        stories : sequence of FiledStory
            In the order in which they are to be filed.
        merges : sequence of Merge
            Threads that these stories showed to be one: merged and recorded as by `merge`, in this order, once the
            stories are there.

        Returns
        -------
        Filing or None
            What it did to the threads; None if the dump had been filed before, and then nothing is changed.

        Raises
        ------
        UnknownThread
            If a merge names a thread that neither the store nor one of the stories has; then nothing is changed.
        """
        return filing.file(self._database, dump, length, language, version, stories, merges)

    def fail(self, dump: PendingDump, reason: str, version: str) -> None:
        """Take a dump that cannot be filed out of the inbox, with the reason. Its text is kept for `retry`."""
        filing.fail(self._database, dump, reason, version)

    def retry(self) -> int:
        """Put all dumps that failed back into the inbox; how many they were."""
        return filing.retry(self._database)

    def record_failure(self, error: InputError) -> bool:
        """Note an input that could not be read at all; False if the same is noted already."""
        return filing.record_failure(self._database, error)

    def start_run(self, version: str) -> int:
        """Note that a job begins; its number."""
        with self._database.writing() as connection:
            number = next_number(connection, runs.c.number)
            connection.execute(insert(runs), {"number": number, "started": datetime.now(UTC), "version": version})
        return number

    def finish_run(self, number: int, counts: Mapping[str, Any], status: str) -> None:
        """Note how the job ended."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.number == number).values(
                finished=datetime.now(UTC), counts=dict(counts), status=status))  # fmt: skip

    # --- stories and threads out -----------------------------------------------------------------------------------

    def live(self, since: datetime, until: datetime, *, after: datetime | None = None) -> Iterator[LiveStory]:
        """The stories dated in ``[since, until]``, in filing order, with their threads resolved.

        Parameters
        ----------
        since, until : datetime
            Aware.
        after : datetime, optional
            Leave out stories that are not dated later than this.
        """
        return queries.live(self._database, since, until, after)

    def last_date(self) -> datetime | None:
        """The date of the newest story; None where there is none."""
        return queries.last_date(self._database)

    def resolve(self, thread: str) -> str:
        """The thread that `thread` was merged into at last, itself where it never was.

        Raises
        ------
        UnknownThread
            A `KeyError`: the store has never had such a thread.
        """
        with self._database.reading() as connection:
            return id_of(connection, thread)

    def merge(self, keep: str, other: str, *, reason: str = "") -> str:
        """Merge two threads that are one story, as a recorded operation.

        The stories of `other` go to `keep`; `other` resolves to `keep` from then on, and so does what had been merged
        into it before. Threads that were merged away themselves stand for those that they resolve to; if both resolve
        to the same, nothing is done or recorded.

        Returns
        -------
        str
            The thread that stays.

        Raises
        ------
        UnknownThread
            If the store has no such thread.
        """
        return corrections.merge(self._database, keep, other, reason)

    def split(self, thread: str, stories: Sequence[str], *, reason: str = "") -> str:
        """Move some stories of a thread to a new one, as a recorded operation.

        Parameters
        ----------
        thread : str
            Resolved first.
        stories : sequence of str
            Their keys; some of the thread, neither none nor all.
        reason : str
            Kept with the operation.

        Returns
        -------
        str
            The new thread: date of its earliest story, and a hash of the keys and of the number of the operation.

        Raises
        ------
        UnknownThread
            If the store has no such thread.
        StoreError
            If the stories are none, all, or not of the thread.
        """
        return corrections.split(self._database, thread, stories, reason)

    def iter_stories(self, *, thread: str | None = None, since: datetime | None = None, until: datetime | None = None,
                     text: bool = False) -> Iterator[dict[str, Any]]:  # fmt: skip
        """One mapping a stored story, in filing order, as `stories` has them but in bounded memory."""
        return queries.iter_stories(self._database, thread, since, until, text)

    def threads(self, *, since: datetime | None = None, until: datetime | None = None, thread: str | None = None,
                topic: str | None = None, least: int = 1) -> pd.DataFrame:  # fmt: skip
        """One row a thread, that with the newest story first. Threads that were merged away have none.

        Parameters
        ----------
        since, until : datetime, optional
            Threads with a story since then; threads that began until then.
        thread : str, optional
            This one only; resolved first.
        topic : str, optional
            Threads of this topic only, by its id or its name.
        least : int
            Threads with at least so many stories.

        Returns
        -------
        DataFrame
            ``id``, ``title`` (of its first story with a headline, or else of its first), ``topic``, ``topic_name`` and
            ``language`` (the most frequent among its stories, the earliest of equals; for the topic near-copies do not
            count), ``first`` and ``last`` (dates of its stories), ``stories``, ``copies`` (of these, how many are
            nearly copies of another), ``outlets`` and ``key_phrases`` (tuples, the most frequent first; of the phrases
            the five best).
        """
        from . import tables

        return tables.threads(self._database, since, until, thread, topic, least)

    def stories(self, *, thread: str | None = None, since: datetime | None = None, until: datetime | None = None,
                text: bool = False) -> pd.DataFrame:  # fmt: skip
        """One row a stored story, in filing order.

        Parameters
        ----------
        thread : str, optional
            Only those of this thread; resolved first.
        since, until : datetime, optional
            Only those dated in ``[since, until]``.
        text : bool
            Whether to add the text as the last column.

        Returns
        -------
        DataFrame
            ``id`` (of the dump), ``story`` (its number there), ``key``, ``thread`` (resolved), ``date``,
            ``date_given``, ``outlet``, ``title``, ``language``, ``topic``, ``topic_name``, ``topic_score``,
            ``key_phrases`` (tuples), ``start``, ``end``, ``length``, ``probability``, ``copy_of``, ``source``.
        """
        from . import tables

        return tables.stories(self._database, thread, since, until, text)

    def plot_threads(self, ax: Axes | None = None, *, since: datetime | None = None, until: datetime | None = None,
                     least: int = 2, **options: Any) -> Axes:  # fmt: skip
        """Draw threads with at least so many stories over time: `plots.thread_timeline`, with its `options`."""
        from ..display.plots import thread_timeline

        threads = self.threads(since=since, until=until, least=least)
        return thread_timeline(threads, self.iter_stories(since=since, until=until), ax, **options)

    def thread(self, thread: str) -> Thread:
        """The thread that `thread` resolves to, with its stories and their texts: it shows itself in a notebook.

        Raises
        ------
        UnknownThread
            If the store has no such thread.
        """
        from .thread import Thread

        return Thread.of(self.threads(thread=thread), self.stories(thread=thread, text=True))

    def operations(self) -> pd.DataFrame:
        """One row a merge or split, the oldest first: ``number``, ``at``, ``kind``, ``payload``, ``reason``.

        The payload has the keys of the stories that were moved: a merge is undone by splitting them off again.
        """
        from . import tables

        return tables.operations(self._database)

    def failures(self) -> pd.DataFrame:
        """One row an input that could not be read, or dump that could not be filed, the oldest first.

        Its columns are ``at``, ``source``, ``place``, ``reason``, ``remedy`` and ``id``, that of the dump where there
        is one: these can be tried again (`retry`).
        """
        from . import tables

        return tables.failures(self._database)

    # --- upkeep ------------------------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What is wrong with the store, each with its place and a remedy; nothing if all is well."""
        from . import upkeep

        return upkeep.check(self._database)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the store as it is at one moment into a new SQLite file, itself a store, while others work on it.

        Raises
        ------
        StoreError
            If there is a file at `path` already, or none can be written. Nothing half-written is left there.
        """
        from . import upkeep

        upkeep.backup(self._database, path)
