"""`DaskExecutor`: what a campaign sees of a Dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

import optbench

from optbench_dask.connection import connected
from optbench_dask.pool import Pool
from optbench_dask.worker import Records


class DaskExecutor:
    """The workers of a Dask cluster; each carries out as many runs at a time as it has threads, GPUs and resources."""

    def __init__(
        self,
        context: optbench.ExecutionContext,
        *,
        address: str,
        cluster: str,
        cluster_options: Mapping[str, Any],
        workers: int,
        resources: Mapping[str, float],
    ) -> None:
        self._context = context
        self._resources = resources
        self._planned: Mapping[str, Sequence[optbench.Place]] | None = None
        self._cluster = (address, cluster, cluster_options, workers)

    def __enter__(self) -> Self:
        _quiet()
        self._client = connected(*self._cluster)
        self._pool = Pool(self._client, self._context, self._resources)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is waiting and have workers end what is running."""
        self._pool.close()
        self._client.close()

    @property
    def places(self) -> Mapping[str, Sequence[optbench.Place]]:
        """Where runs can happen by now, by kind of device; at first it waits for a worker."""
        if self._planned is None:
            self._planned = self._pool.places().result()
            return self._planned
        return self._pool.places_now()

    def call(self, function: str, *args: Any, timeout: float | None = None) -> Any:
        """Call a function on one of the workers, in a process of its own."""
        return self._pool.call(function, args, timeout).result()

    def submit(self, groups: Iterable[Sequence[optbench.RunSpec]]) -> Iterator[Future[Records]]:
        """Queue groups of runs, each on its kind of device."""
        for group in groups:
            yield self._pool.carry_out(tuple(group))


def _quiet() -> None:
    """Keep Dask from telling in many lines what we tell in one."""
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
