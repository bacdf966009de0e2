"""`LocalExecutor`: runs on this machine, several at a time, as threads over slots."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from optbench.execution.devices import places
from optbench.execution.process import WorkerProcess
from optbench.execution.slot import Slot
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec

HARDWARE = "optbench.execution.queries:hardware"


class LocalExecutor:
    """This machine: as many slots as there are cores, or GPUs, unless the context says otherwise."""

    def __init__(self, context: ExecutionContext) -> None:
        self.context = context
        self._scout = WorkerProcess()
        self._calls = ThreadPoolExecutor(1)
        self._local = threading.local()
        self._slots: list[Slot] = []
        self._threads: dict[str, ThreadPoolExecutor] = {}

    def __enter__(self) -> Self:
        """Begin to start the worker that answers calls, which takes seconds."""
        self._hardware = self._calls.submit(self._scout.call, HARDWARE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is waiting and kill what is running."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        for slot in self._slots:
            slot.close()
        for threads in self._threads.values():
            threads.shutdown()
        self._scout.close()
        self._calls.shutdown()

    @cached_property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """Where runs can happen, by kind of device; raises `UsageError` for devices that are not there."""
        context = self.context
        return places(context.devices, context.jobs, self._hardware.result(), context.world_size)

    def call(self, function: str, *args: Any, timeout: float | None = None) -> Any:
        """Call the function that an import string names, in a worker process of its own, and return its result."""
        return self._calls.submit(self._scout.call, function, *args, timeout=timeout).result()

    def submit(self, groups: Iterable[Sequence[RunSpec]]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        """Queue groups of runs, each on its kind of device."""
        for group in groups:
            yield self._threads_of(group[0].device).submit(self._run, group)

    def _threads_of(self, kind: str) -> ThreadPoolExecutor:
        if kind not in self._threads:
            slots = [Slot(place, self.context) for place in self.places[kind]]
            self._slots += slots
            self._threads[kind] = ThreadPoolExecutor(
                len(slots), initializer=self._take_slot, initargs=(iter(tuple(slots)),)
            )
        return self._threads[kind]

    def _take_slot(self, slots: Iterator[Slot]) -> None:
        self._local.slot = next(slots)

    def _run(self, group: Sequence[RunSpec]) -> tuple[RunRecord, ...]:
        slot: Slot = self._local.slot
        return slot.run(group)
