"""Parts made by the workers of a Dask cluster (``pip install 'segmenter[dask]'``)."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..batches import usable_cores
from .engines import DEATHS, EngineError, PartLost

_AHEAD = 3
"""Parts on their way for each thread of the cluster, so that none waits for the next."""

_SECONDS = 20
_PATIENCE = 300
"""Seconds that a cluster may be without workers."""

_LEAVE = 0.5
"""Seconds that a worker of the local cluster has to end by itself where a run ends early."""

_DASK_DEATHS = 4
"""Workers that die at a task before Dask itself gives it up; its default."""

_LOGGERS = ("distributed", "distributed.client", "distributed.core", "distributed.nanny", "distributed.scheduler")

_T = TypeVar("_T")
_R = TypeVar("_R")


class DaskEngine:
    """A Dask cluster; a task a part.

    Parameters
    ----------
    scheduler : str
        Address of a scheduler, or "local" for a cluster of processes on this machine, one thread each.
    jobs : int
        Processes of the local cluster; 0: one a core.

    Raises
    ------
    EngineError
        If Dask is not installed.
    """

    def __init__(self, scheduler: str = "local", jobs: int = 0) -> None:
        try:
            import distributed  # noqa: F401 - asked for now rather than when all is planned
        except ImportError as error:
            raise EngineError("the dask engine needs the package distributed (pip install "
                              "'segmenter[dask]')") from error  # fmt: skip
        self.scheduler, self.jobs = scheduler, jobs or usable_cores()
        self._stack = ExitStack()
        self._client: Any = None
        self._cluster: Any = None
        self._stopped = False

    def run(self, function: Callable[[_T], _R], items: Iterable[_T]) -> Generator[tuple[_T, _R | PartLost]]:
        """See `Engine.run`.

        Raises
        ------
        EngineError
            If there is no scheduler at the address.
        """
        from distributed import KilledWorker

        rest = iter(items)
        token, count = secrets.token_hex(4), 0
        running: dict[Any, tuple[_T, int]] = {}
        client = self._opened()
        done: SimpleQueue[Any] = SimpleQueue()

        def begin(item: _T, deaths: int = 0) -> None:
            nonlocal count
            count += 1
            future = client.submit(function, item, key=f"segmenter-{token}-{count}", pure=False)
            running[future] = item, deaths
            future.add_done_callback(done.put)

        def fill() -> None:
            least = self.jobs if self._cluster is not None else 1  # whose workers may still be on their way
            room = _AHEAD * max(sum(client.nthreads().values()), least) - len(running)
            for _, item in zip(range(room), rest):  # noqa: B905 - there may be fewer, or more to come
                begin(item)

        try:
            fill()
            while running:
                future = _next(client, done)
                item, deaths = running.pop(future)
                if future.status == "finished":
                    yield item, future.result()
                    fill()
                    continue
                error = future.exception() if future.status == "error" else None
                if error is not None and not isinstance(error, KilledWorker):
                    raise error
                deaths += _DASK_DEATHS  # or it was lost together with the scheduler
                if deaths < DEATHS:
                    begin(item, deaths)
                    continue
                yield item, PartLost()
                fill()
        finally:
            if running:
                self._stopped = True
                client.cancel(list(running))

    def close(self) -> None:
        """See `Engine.close`; where a run ended early, nobody waits for what the local cluster still does."""
        with _signals_later():
            cluster, self._client, self._cluster = self._cluster, None, None
            if cluster is not None and self._stopped:
                cluster.sync(_end_workers, cluster)
            self._stack.close()

    def _opened(self) -> Any:
        if self._client is None:
            self._stopped = False
            self._client = self._connected(self._stack)
        return self._client

    def _connected(self, stack: ExitStack) -> Any:
        import dask
        from distributed import Client, LocalCluster

        for name in _LOGGERS:  # workers that die are not the user's business, as long as others take over
            logger = logging.getLogger(name)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        address: Any = self.scheduler
        if address == "local":
            # After 15 seconds it would look for the worker that died, and end the one that took its place if that has
            # died as well just then.
            stack.enter_context(dask.config.set({"distributed.deploy.lost-worker-timeout": "365 days"}))
            # Half of a cluster cannot be closed, hence later. Its workers come when it is whole.
            with _signals_later(), _for_us_alone(signal.SIGINT):
                address = self._cluster = stack.enter_context(LocalCluster(
                    n_workers=0, threads_per_worker=1, processes=True, memory_limit=1 / self.jobs,
                    dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL))  # fmt: skip
                client = stack.enter_context(Client(address, set_as_default=False))
            self._cluster.scale(self.jobs)
            return client
        try:
            client = stack.enter_context(Client(address, timeout=_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            raise EngineError(f"{self.scheduler}: no Dask scheduler answers there, {error} (start one with `dask "
                              "scheduler`, or give --scheduler its address)") from error  # fmt: skip
        return client


async def _end_workers(cluster: Any) -> None:
    """End the processes of a local cluster, whatever they are doing."""
    closing = (worker.close(timeout=_LEAVE) for worker in list(cluster.workers.values()))
    await asyncio.gather(*closing, return_exceptions=True)  # one that takes too long is seen to when the cluster closes


@contextmanager
def _signals_later() -> Iterator[None]:
    """Handle signals at the end rather than in the midst."""
    came: list[int] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # the only one that handles any
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and callable(signal.getsignal(number)):
                before[number] = signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)


@contextmanager
def _for_us_alone(number: int) -> Iterator[None]:
    """Hide a signal from threads that begin now and the processes that they start, which it reaches in a terminal."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # or else the thread that starts the first process would, which lets the signal in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _next(client: Any, done: SimpleQueue[Any]) -> Any:
    """The next future that is done."""
    idle = 0
    while True:
        try:
            return done.get(timeout=_SECONDS)
        except Empty:
            idle = 0 if client.nthreads() else idle + _SECONDS
            if idle >= _PATIENCE:
                raise EngineError(f"the Dask cluster has had no workers for {idle} seconds (start some with `dask "
                                  "worker`, and run again to go on)") from None  # fmt: skip
