"""Parts made by the workers of a Dask cluster (``pip install 'segmenter[dask]'``)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..batches import usable_cores
from .engines import DEATHS, EngineError, PartLost

_AHEAD = 3
"""Parts on their way for each thread of the cluster, so that none waits for the next."""

_SECONDS = 20
_PATIENCE = 300
"""Seconds that a cluster may be without workers."""

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
            room = max(_AHEAD * sum(client.nthreads().values()), _AHEAD) - len(running)
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
                client.cancel(list(running))

    def close(self) -> None:
        """See `Engine.close`."""
        self._client = None
        self._stack.close()

    def _opened(self) -> Any:
        if self._client is None:
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
            address = stack.enter_context(LocalCluster(
                n_workers=self.jobs, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL))  # fmt: skip
        try:
            client = stack.enter_context(Client(address, timeout=_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            raise EngineError(f"{self.scheduler}: no Dask scheduler answers there, {error} (start one with `dask "
                              "scheduler`, or give --scheduler its address)") from error  # fmt: skip
        return client


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
