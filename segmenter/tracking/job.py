"""The clustering job: dumps into the inbox, and from there, split and assigned to threads, into the archive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from ..batches import split_tasks
from ..document import Document, Story
from ..embedding import Embedder
from ..errors import InputError, ModelError, SegmenterError, StoreError, UnknownThread
from ..io import Dump
from ..tasks import Splitter, Task
from .counts import Counts
from .intake import Intake, readable
from .present import Present
from .records import FiledStory, Filing, Fingerprint, Merge, PendingDump
from .store import Store
from .tracker import Assignment, StoryTracker

Report = Callable[..., None]
"""Called with the name of an event and, by name, what is to be said of it; see `Job`."""


class Job:
    """One run of the job on a store, whose lock the caller holds.

    All that is read waits in the inbox before the first dump is split. Then they come by date, and by key among equal
    dates, so within a run the order of the inputs makes no difference. Every dump is filed with its stories and merges
    in one transaction, and what the tracker knows follows from the store: a run that is killed at any moment and begun
    again ends as one that was not.

    Threads that another process merges meanwhile are followed when a dump is filed; splits are seen by the next run.

    Parameters
    ----------
    store : Store
    segmenter : Splitter
    make_tracker : callable
        Makes an empty `StoryTracker`.
    embedder : callable
        Gives the embedder that the tracker uses; called if anything is to be filed.
    version : str
        Of the program.
    report : callable
        Told of events: ``failure`` (error), ``undated`` (dump, used), ``dump`` (dump, stories, opened, merges, copies,
        seconds), ``merge`` (dump, merge).

    jobs : int
        In how many processes dumps are split; 0: one a core. What is filed is the same.

    Attributes
    ----------
    counts : Counts
    status : str
        "running", and then "done", "failed" or "stopped" (by a signal).
    """

    def __init__(self, store: Store, segmenter: Splitter, make_tracker: Callable[[], StoryTracker],
                 embedder: Callable[[], Embedder], version: str, report: Report, *, jobs: int = 1) -> None:  # fmt: skip
        self.store, self.segmenter, self.version, self.report, self.jobs = store, segmenter, version, report, jobs
        self.embedder = embedder
        self.present = Present(store, make_tracker)
        self.counts = Counts()
        self.status = "running"

    def run(self, dumps: Iterable[Dump | InputError], *, date: datetime | None = None, outlet: str = "outlet",
            retry: bool = False) -> Counts:  # fmt: skip
        """Read, and file all that waits.

        Parameters
        ----------
        dumps : iterable of Dump or InputError
        date, outlet
            As for `Intake`.
        retry : bool
            Whether dumps that failed before are tried again.
        """
        begun = time.monotonic()
        number = self.store.start_run(self.version)
        try:
            self._stage(dumps, date, outlet, retry)
            self._work()
            self.status = "done"
        except BaseException as error:
            self.status = "failed" if isinstance(error, Exception) else "stopped"
            with suppress(Exception):  # what went wrong first is what counts
                self._finish(number, begun)
            raise
        self._finish(number, begun)
        return self.counts

    def _finish(self, number: int, begun: float) -> None:
        self.counts.seconds["total"] = time.monotonic() - begun
        self.store.finish_run(number, self.counts.to_dict(), self.status)

    def _stage(self, dumps: Iterable[Dump | InputError], date: datetime | None, outlet: str, retry: bool) -> None:
        counts = self.counts
        with self._timed("reading"):
            if retry:
                self.store.retry()
            counts.waiting = self.store.pending_count()
            counts.new, counts.known = self.store.stage(readable(
                dumps, Intake(self._undated, date, outlet), counts, self._unreadable))  # fmt: skip
            counts.repeated = counts.read - counts.new - counts.known

    def _unreadable(self, error: InputError) -> None:
        self.store.record_failure(error)
        self.report("failure", error=error)

    def _undated(self, dump: Dump, used: datetime) -> None:
        self.counts.undated += 1
        self.report("undated", dump=dump, used=used)

    def _work(self) -> None:
        settled = False
        waiting = ((dump, Task(dump.text, dump.id, dump.date_given, dict(dump.meta))) for dump in self.store.pending())
        with closing(split_tasks(waiting, self.segmenter, self.jobs)) as answers:
            while True:
                begun = time.monotonic()
                with self._timed("splitting"):
                    found = next(answers, None)
                if found is None:
                    return
                if not settled:
                    model = self.embedder()
                    self.store.settle("embedding", {"name": model.name, "dimension": model.dimension})
                    settled = True
                dump, answer = found
                try:
                    if not isinstance(answer, Document):
                        raise answer or SegmenterError("it was not split")
                    self._file(dump, answer, begun)
                except Exception as error:  # of whatever kind: one dump must not take the others with it
                    if isinstance(error, StoreError | ModelError) and not isinstance(error, UnknownThread):
                        raise  # the others would not fare better
                    self._fail(dump, error)

    def _file(self, dump: PendingDump, document: Document, begun: float) -> None:
        done = None
        try:
            with self._timed("tracking"):
                found, merges = self._assigned(dump, document)
            with self._timed("storing"):
                done = self.store.file(dump, length=len(dump.text), language=document.language, version=self.version,
                                       stories=found, merges=merges)  # fmt: skip
        finally:
            if done is None:  # it failed, or another process filed it, lock or not
                self.present.lost()
        if done is not None:
            self._count(dump, found, done, time.monotonic() - begun)

    def _assigned(self, dump: PendingDump, document: Document) -> tuple[list[FiledStory], list[Merge]]:
        found: list[FiledStory] = []
        merges: list[Merge] = []
        if not document.stories:
            return found, merges
        stories = _titled(dump, document.stories)
        tracker = self.present.at(dump.date)
        prints = tracker.describe([story.text for story in stories], [story.headline for story in stories])
        for story, print_ in zip(stories, prints, strict=True):
            key = f"{dump.key}:{story.number}"
            assigned = tracker.assign(key, dump.date, print_, outlet=dump.outlet)
            found.append(_filed(dump, key, story, print_, assigned))
            merges += assigned.merges
        return found, merges

    def _count(self, dump: PendingDump, found: list[FiledStory], done: Filing, seconds: float) -> None:
        counts, copies = self.counts, sum(story.copy_of is not None for story in found)
        counts.filed += 1
        counts.stories += len(found)
        counts.opened += len(done.opened)
        counts.joined += len(found) - len(done.opened)
        counts.copies += copies
        counts.merges += len(done.merges)
        for merge in done.merges:
            self.report("merge", dump=dump, merge=merge)
        self.report("dump", dump=dump, stories=len(found), opened=len(done.opened), copies=copies,
                    merges=len(done.merges), seconds=seconds)  # fmt: skip

    def _fail(self, dump: PendingDump, error: Exception) -> None:
        said = str(error) if isinstance(error, SegmenterError) else f"{type(error).__name__}: {error}"
        reason = f"could not be filed, {said}"
        self.store.fail(dump, reason, self.version)
        self.counts.failed += 1
        self.report("failure", error=InputError(dump.source, dump.place, reason, "please report this, with the input; "
                                                "--retry tries it again"), dump=dump)  # fmt: skip

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.counts.seconds[what] += time.monotonic() - begun


def _titled(dump: PendingDump, stories: Sequence[Story]) -> Sequence[Story]:
    """The only story of a dump has the title that the input gives, where its text is without a headline."""
    title = dump.meta.get("title")
    if len(stories) > 1 or stories[0].titled or not (isinstance(title, str) and title.strip()):
        return stories
    return [replace(stories[0], title=" ".join(title.split()), titled=True)]


def _filed(dump: PendingDump, key: str, story: Story, print_: Fingerprint, assigned: Assignment) -> FiledStory:
    best = story.topic
    embedding, words, shingles = print_.to_bytes()
    return FiledStory(
        key=key, dump=dump.key, number=story.number, start=story.start, end=story.end, length=len(story.text),
        title=story.title, titled=story.titled, text=story.text, language=story.language,
        topic=best.id if best else None, topic_name=best.name if best else None,
        topic_score=best.score if best else None, key_phrases=story.key_phrases, date=dump.date, outlet=dump.outlet,
        thread=assigned.thread, probability=assigned.probability, copy_of=assigned.copy_of,
        embedding=embedding, words=words, shingles=shingles,
    )  # fmt: skip
