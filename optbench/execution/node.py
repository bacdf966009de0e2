"""`Node`: a machine that carries out runs which were planned on another one."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from optbench.data.folders import data_folders
from optbench.errors import UsageError
from optbench.execution.devices import Hardware, places
from optbench.execution.environment import comparable_versions
from optbench.execution.local import HARDWARE, LocalExecutor
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec

REFUSE_UNLIKE = "optbench.execution.identity:refuse_unlike"
LOAD_PLUGINS = "optbench.execution.queries:load_plugins"


class Node(LocalExecutor):
    """A machine that carries out runs which were planned on another one: what the workers of a cluster use.

    It is a `LocalExecutor` that asks this machine for its devices and data folders, carries out at most `threads` runs
    at a time, and refuses what would not be the run that was planned. Its methods may be called from any thread.
    """

    def __init__(self, context: ExecutionContext, threads: int) -> None:
        folders = data_folders(context.data)
        super().__init__(dataclasses.replace(context, folders=folders, jobs=None))
        self._most = threads
        self._asking = threading.RLock()
        self._same: set[tuple[str, str]] = set()

    @cached_property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """Where runs can happen here, for those of the campaign's devices that are here.

        Raises `UsageError` where there is none of them.
        """
        context, hardware = self.context, self.call(HARDWARE)
        there = [device for device in context.devices if _is_there(device, hardware)] or context.devices
        found = places(there, None, hardware, context.world_size)
        most = max(1, self._most // context.world_size)
        return {kind: of_kind[:most] for kind, of_kind in found.items()}

    def call(self, function: str, *args: Any, timeout: float | None = None) -> Any:
        """Call a function in a worker process here; an `ExecutionContext` among its arguments becomes this one's."""
        ours = [self.context if isinstance(arg, ExecutionContext) else arg for arg in args]
        with self._asking:
            return super().call(function, *ours, timeout=timeout)

    def _threads_of(self, kind: str) -> ThreadPoolExecutor:
        with self._asking:
            return super()._threads_of(kind)

    def refuse_other_versions(self) -> None:
        """Raise `UsageError` where versions here are not the coordinator's, or plugins cannot be loaded."""
        here = comparable_versions(self.context.distributions or ())
        for name, wanted in self.context.versions:
            if here.get(name, "") != wanted:
                if here.get(name):
                    raise UsageError(f"it has {name} {here[name]}, and the coordinator {wanted}")
                raise UsageError(f"it lacks {name}, and the coordinator has {wanted}")
        self.call(LOAD_PLUGINS, self.context)

    def refuse_unlike(self, spec: RunSpec) -> None:
        """Obtain the data of a run, and raise `UsageError` where data or code here are not those of the coordinator.

        Several processes on one machine do so one after the other, so that it is downloaded once.
        """
        key = (spec.task.name, spec.optimizer)
        with self._asking:
            if key not in self._same:
                with _alone_on_this_machine():
                    self.call(REFUSE_UNLIKE, spec, self.context)
                self._same.add(key)


def _is_there(device: str, hardware: Hardware) -> bool:
    try:
        return bool(places([device], None, hardware))
    except UsageError:
        return False


@contextlib.contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    """Keep other processes that want the same waiting, by a lock on the system's temporary folder."""
    if os.name != "posix":
        yield
        return
    import fcntl

    folder = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
