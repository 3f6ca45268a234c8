"""Parts made by the workers of a Dask cluster (``pip install 'segmenter[dask]'``)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any, TypeVar

from ..batches import usable_cores
from .engines import DEATHS, EngineError, PartLost

_AHEAD = 3
"""Parts on their way for each thread of the cluster, so that none waits for the next."""

_SECONDS = 20
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
        with ExitStack() as stack:
            client = self._client(stack)
            done: SimpleQueue[Any] = SimpleQueue()

            def begin(item: _T, deaths: int = 0) -> None:
                nonlocal count
                count += 1
                future = client.submit(function, item, key=f"segmenter-{token}-{count}", pure=False)
                running[future] = item, deaths
                future.add_done_callback(done.put)

            def fill() -> None:
                room = max(_AHEAD * sum(client.nthreads().values()), _AHEAD) - len(running)
                for _, item in zip(range(room), rest):  # noqa: B905 - `rest` may be shorter, and is gone on with
                    begin(item)

            stack.callback(lambda: client.cancel(list(running)))
            fill()
            while running:
                future = done.get()
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

    def _client(self, stack: ExitStack) -> Any:
        from distributed import Client, LocalCluster

        for name in _LOGGERS:  # workers that die are not the user's business, as long as others take over
            logger = logging.getLogger(name)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        address: Any = self.scheduler
        if address == "local":
            address = stack.enter_context(LocalCluster(
                n_workers=self.jobs, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL))  # fmt: skip
        try:
            return stack.enter_context(Client(address, timeout=_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            raise EngineError(f"{self.scheduler}: no Dask scheduler answers there, {error} (start one with `dask "
                              "scheduler`, or give --scheduler its address)") from error  # fmt: skip
