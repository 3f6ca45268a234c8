"""Where parts are made: in this process, in several, or on a Dask cluster. A worker that dies costs its part's time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

from ..batches import PATIENCE, end_pool, has_died, outcome, usable_cores, worker_pool
from ..errors import SegmenterError

DEATHS = 25
"""So many workers may die at one part. A dump that kills its worker costs two, until it is given up."""

_T = TypeVar("_T")
_R = TypeVar("_R")


class EngineError(SegmenterError):
    """An engine that cannot be used."""


class PartLost(SegmenterError):
    """A part whose workers were killed over and over."""

    def __init__(self, message: str = f"the process that made it was killed, {DEATHS} times") -> None:
        super().__init__(message)


class Engine(Protocol):
    """What makes parts."""

    def run(self, function: Callable[[_T], _R], items: Iterable[_T]) -> Generator[tuple[_T, _R | PartLost]]:
        """Call `function` on each item, which can all be sent to other processes; results in any order.

        Raises
        ------
        SegmenterError
            What a call raises ends the run.
        """
        ...

    def close(self) -> None:
        """End what was begun for it; it begins again with the next call of `run`."""
        ...


class HereEngine:
    """This process."""

    def run(self, function: Callable[[_T], _R], items: Iterable[_T]) -> Generator[tuple[_T, _R | PartLost]]:
        """See `Engine.run`."""
        for item in items:
            yield item, function(item)

    def close(self) -> None:
        """See `Engine.close`."""


class ProcessEngine:
    """Several processes.

    Each is a pool of its own: where one pool has several workers, and one of them dies, all are ended, and nobody can
    tell at whose dump it was.

    Parameters
    ----------
    jobs : int
        How many; 0: as many as there are cores to use.
    """

    def __init__(self, jobs: int = 0) -> None:
        self.jobs = jobs or usable_cores()
        self._pools: list[ProcessPoolExecutor] = []

    def run(self, function: Callable[[_T], _R], items: Iterable[_T]) -> Generator[tuple[_T, _R | PartLost]]:
        """See `Engine.run`."""
        rest = iter(items)
        pools = self._pools
        pools += [worker_pool(1) for _ in range(self.jobs - len(pools))]
        running: dict[Future[_R], tuple[int, _T, int]] = {}

        def begin(place: int, item: _T, deaths: int = 0) -> None:
            try:
                future = pools[place].submit(function, item)
            except BrokenProcessPool:  # its worker died while it had nothing to do
                pools[place] = worker_pool(1)
                future = pools[place].submit(function, item)
            running[future] = place, item, deaths

        for place, item in zip(range(self.jobs), rest):  # noqa: B905 - there may be fewer, or more to come
            begin(place, item)
        while running:
            done, _ = wait(running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            done = done or {future for future, (place, _, _) in running.items() if has_died(pools[place])}
            for future in done:
                place, item, deaths = running.pop(future)
                answer: _R | PartLost
                try:
                    answer = outcome(future, pools[place])
                except BrokenProcessPool:
                    end_pool(pools[place])
                    pools[place] = worker_pool(1)
                    if deaths + 1 < DEATHS:
                        begin(place, item, deaths + 1)
                        continue
                    answer = PartLost()
                yield item, answer
                for following in rest:
                    begin(place, following)
                    break

    def close(self) -> None:
        """See `Engine.close`."""
        while self._pools:
            end_pool(self._pools.pop())


def engine_of(name: str, jobs: int = 1, scheduler: str | None = None) -> Engine:
    """The engine of a name.

    Parameters
    ----------
    name : {"processes", "dask"}
    jobs : int
        Processes on this machine; 0: one a core.
    scheduler : str, optional
        Of Dask: the address of a scheduler (``tcp://host:8786``); without one, or with "local", a cluster of `jobs`
        processes is made on this machine.

    Raises
    ------
    EngineError
        If Dask is not installed.
    """
    if name == "dask":
        from .dask_engine import DaskEngine  # few have it

        return DaskEngine(scheduler or "local", jobs)
    return HereEngine() if jobs == 1 else ProcessEngine(jobs)
