"""Many dumps, one after the other or in several processes: in bounded memory, in order, and none takes others along.

Workers are processes that start from nothing (`spawn`), since forking a process whose libraries run threads is not
safe. Dumps go to them in chunks, of which only a few are on their way, so that a stream without end needs no more
memory than a short one. What comes back comes in the order of the input, and is what one process would have made.

A worker that dies (killed for its memory, say) breaks the pool. Then a new one is made, and the dumps of the chunk
that was waited for are tried again, each by itself: one that kills its worker twice is given up, the others are not.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import connection, get_context, parent_process
from typing import Any, Generic, NamedTuple, TypeVar

from .document import Document
from .errors import ModelError, SegmenterError
from .tasks import Splitter, Task

CHUNK_DUMPS = 64
CHUNK_CHARS = 200_000
"""A chunk has no more dumps and, but for a single dump that has, no more code points."""

AHEAD = 3
"""Chunks on their way for each worker."""

TRIES = 10
"""Workers that may die before they have loaded their models."""

WARMING = Task("a.\n\nb.")
"""What makes a splitter load its models."""

PATIENCE, GRACE = 1.0, 0.5
"""Seconds between two looks at whether the workers live, and before one that does not is mourned."""

KILLED = "the process that split it was killed, twice (too little memory?)"

_T = TypeVar("_T")


Answer = Document | Exception


def split_tasks(tasks: Iterable[tuple[_T, Task | None]], splitter: Splitter,
                jobs: int = 1) -> Generator[tuple[_T, Answer | None], None, None]:  # fmt: skip
    """Split tasks in order.

    Parameters
    ----------
    tasks : iterable of (anything, Task or None)
        What is to be split, with a companion that comes back with the answer. Without a task there is no answer, but
        the companion keeps its place.
    splitter : Splitter
        With more than one job it must be possible to pickle it, as a `Segmenter` is.
    jobs : int
        How many processes; 1: this one; 0: as many as there are cores to use.

    Yields
    ------
    companion, Document or Exception or None
        An exception is what went wrong with this task alone.

    Raises
    ------
    ModelError
        If the model cannot be used: the other tasks would not fare better.
    """
    if jobs == 1:
        for chunk in chunks_for(splitter, tasks):
            rest = iter(attempt_all(splitter, [task for _, task in chunk if task is not None]))
            for companion, task in chunk:
                yield companion, None if task is None else next(rest)
        return
    with _Workers(splitter, jobs or usable_cores()) as workers:
        yield from workers.run(tasks)


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Waiting(NamedTuple, Generic[_T]):
    """A chunk on its way: its companions, their tasks, and the answers to come."""

    companions: list[_T]
    tasks: list[Task | None]
    future: Future[list[Answer]]


class _Workers:
    """A pool that is made anew when it breaks."""

    def __init__(self, splitter: Splitter, jobs: int) -> None:
        self._splitter, self._jobs = splitter, jobs
        self._pool = self._fresh(jobs)

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        end_pool(self._pool)

    def run(self, tasks: Iterable[tuple[_T, Task | None]]) -> Iterator[tuple[_T, Answer | None]]:
        waiting: deque[_Waiting[_T]] = deque()
        for chunk in _chunks(tasks):
            companions, own = [companion for companion, _ in chunk], [task for _, task in chunk]
            waiting.append(_Waiting(companions, own, self._submit(own)))
            if len(waiting) > AHEAD * self._jobs:
                yield from self._finish(waiting)
        while waiting:
            yield from self._finish(waiting)

    def _finish(self, waiting: deque[_Waiting[_T]]) -> Iterator[tuple[_T, Answer | None]]:
        first = waiting.popleft()
        try:
            answers = outcome(first.future, self._pool)
        except BrokenProcessPool:
            end_pool(self._pool)
            self._pool = self._fresh(self._jobs)
            again = [_Waiting(chunk.companions, chunk.tasks, self._submit(chunk.tasks)) for chunk in waiting]
            waiting.clear()
            waiting.extend(again)
            answers = self._one_by_one([task for task in first.tasks if task is not None])
        rest = iter(answers)
        for companion, task in zip(first.companions, first.tasks, strict=True):
            yield companion, None if task is None else next(rest)

    def _submit(self, tasks: Sequence[Task | None]) -> Future[list[Answer]]:
        chosen = [task for task in tasks if task is not None]
        try:
            return self._pool.submit(_work, chosen)
        except BrokenProcessPool as error:  # it broke since; whoever waits for the answers finds out
            broken: Future[list[Answer]] = Future()
            broken.set_exception(error)
            return broken

    def _one_by_one(self, tasks: Sequence[Task]) -> list[Answer]:
        answers: list[Answer] = []
        pool = self._warm()
        try:
            for task in tasks:
                for last in (False, True):
                    try:
                        answers += outcome(pool.submit(_work, [task]), pool)
                        break
                    except BrokenProcessPool:
                        end_pool(pool)
                        pool = self._warm()
                        if last:
                            answers.append(SegmenterError(KILLED))
        finally:
            end_pool(pool)
        return answers

    def _warm(self) -> ProcessPoolExecutor:
        """A pool of one worker, which has loaded its models: no dump is to blame where it dies of that."""
        for _ in range(TRIES):
            pool = self._fresh(1)
            try:
                outcome(pool.submit(_warm_up), pool)
                return pool
            except BrokenProcessPool:
                end_pool(pool)
        return self._fresh(1)

    def _fresh(self, workers: int) -> ProcessPoolExecutor:
        return worker_pool(workers, self._splitter)


def chunks_for(splitter: Splitter,
               tasks: Iterable[tuple[_T, Task | None]]) -> Iterator[list[tuple[_T, Task | None]]]:  # fmt: skip
    """Tasks in chunks that `splitter` splits at once: each by itself where it does not."""
    return _chunks(tasks) if hasattr(splitter, "split_tasks") else ([pair] for pair in tasks)


def _chunks(tasks: Iterable[tuple[_T, Task | None]]) -> Iterator[list[tuple[_T, Task | None]]]:
    chunk: list[tuple[_T, Task | None]] = []
    chars = 0
    for companion, task in tasks:
        own = len(task.text) if task is not None and isinstance(task.text, str) else 0
        if chunk and (len(chunk) == CHUNK_DUMPS or chars + own > CHUNK_CHARS):
            yield chunk
            chunk, chars = [], 0
        chunk.append((companion, task))
        chars += own
    if chunk:
        yield chunk


def attempt(splitter: Splitter, task: Task) -> Answer:
    """The document of a task, or what went wrong with it alone; raise `ModelError` where no other would fare better."""
    try:
        return splitter.split(task.text, id=task.id, date=task.date, meta=task.meta)
    except ModelError:
        raise
    except Exception as error:  # of whatever kind: one dump must not take the others with it
        return error


def attempt_all(splitter: Splitter, tasks: Sequence[Task]) -> list[Answer]:
    """The answer to each task: of all at once, where `splitter` can do that and none of them goes wrong."""
    together = getattr(splitter, "split_tasks", None)
    if together is not None and len(tasks) > 1:
        try:
            return list(together(tasks))
        except ModelError:
            raise
        except Exception:  # of whatever kind: each by itself tells which it is
            pass
    return [attempt(splitter, task) for task in tasks]


def worker_pool(workers: int, splitter: Splitter | None = None) -> ProcessPoolExecutor:
    """Processes that leave Ctrl-C to this one, and end with it."""
    return ProcessPoolExecutor(workers, get_context("spawn"), _begin, (splitter,))


def outcome(future: Future[_T], pool: ProcessPoolExecutor) -> _T:
    """The result of a future.

    Raises
    ------
    BrokenProcessPool
        If a worker died; also as it was sending an answer, which the pool itself does not see: it waits for the rest.
    """
    patience = PATIENCE
    while True:
        with suppress(TimeoutError):
            return future.result(timeout=patience)
        if future.done():  # just now, or it is the task that has timed out
            return future.result()
        if patience < PATIENCE:
            raise BrokenProcessPool("a worker died as it was sending an answer")
        if has_died(pool):
            patience = GRACE  # the answer may be there by now, or the pool may know


def has_died(pool: ProcessPoolExecutor) -> bool:
    """Whether a worker of a pool is no more."""
    return not all(process.is_alive() for process in _processes(pool))


def end_pool(pool: ProcessPoolExecutor) -> None:
    """End a pool at once: nobody waits for what it still does."""
    processes, answers = _processes(pool), getattr(getattr(pool, "_result_queue", None), "_writer", None)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError, ValueError):
            process.kill()
    # Or its thread would wait for ever for the rest of an answer, and this process for its thread.
    if answers is not None:
        with suppress(OSError):
            answers.close()


def _processes(pool: ProcessPoolExecutor) -> list[Any]:
    return list((getattr(pool, "_processes", None) or {}).values())


# --- in a worker ---------------------------------------------------------------------------------------------------

_splitter: Splitter | None


def _begin(splitter: Splitter | None) -> None:
    global _splitter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started it, who ends its workers
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _splitter = splitter


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # it was killed, and nobody will take the answers


def _work(tasks: Sequence[Task]) -> list[Answer]:
    assert _splitter is not None
    return [_portable(answer) for answer in attempt_all(_splitter, tasks)]


def _warm_up() -> None:
    assert _splitter is not None
    attempt(_splitter, WARMING)


def _portable(answer: Answer) -> Answer:
    """An answer that can be sent: an exception of a library may not be."""
    if isinstance(answer, Document | SegmenterError):
        return answer
    return SegmenterError(f"{type(answer).__name__}: {answer}")
