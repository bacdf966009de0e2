"""What happens on a worker of the cluster: an `optbench.Node` for each campaign, in whatever process Dask has.

A task carries all that it needs, so that a worker may join, or be started anew, at any time.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing.util import Finalize
from typing import Any

import optbench
from distributed import Status, Worker, get_worker

POLL = 0.5
"""Seconds from one look at whether a run is still wanted to the next."""
IDLE = 60.0
"""Seconds after which the processes of a campaign that asks for nothing are ended."""

Records = tuple[optbench.RunRecord, ...]


@dataclass(frozen=True)
class Session:
    """A campaign on a worker, from when the coordinator sees it join to when it sees it leave."""

    context: optbench.ExecutionContext
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def examine(session: Session) -> dict[str, list[optbench.Place]]:
    """Return where runs can happen on this worker, by kind of device; raises `UsageError` where none should."""
    with _node(session) as node:
        node.refuse_other_versions()
        return {kind: list(places) for kind, places in node.places.items()}


def call(session: Session, function: str, args: Sequence[Any], timeout: float | None) -> Any:
    """Call a function in a process of this worker's machine."""
    with _node(session) as node:
        return node.call(function, *args, timeout=timeout)


def carry_out(session: Session, group: Sequence[optbench.RunSpec]) -> Records:
    """Carry out runs and return their records; raises where data or code here are not what they were planned with.

    They are ended where nobody wants them any more: their campaign was interrupted, or its coordinator is gone.
    """
    worker, key = get_worker(), get_worker().get_current_task()
    with _node(session) as node:
        for spec in group:
            node.refuse_unlike(spec)
        (future,) = node.submit([group])
        while not wait([future], POLL).done:
            if not _is_wanted(worker, key):
                _close((worker.address, session.id))
        return future.result()


def leave(sessions: Collection[str], dask_worker: Worker) -> None:
    """End the processes of some sessions on a worker, which Dask hands in."""
    for session in sessions:
        _close((dask_worker.address, session))


def _is_wanted(worker: Worker, key: Any) -> bool:
    """Whether anybody waits for a task; its worker may itself be about to end, and would wait for it."""
    task = worker.state.tasks.get(key)
    return task is not None and task.state != "cancelled" and worker.status not in (Status.closing, Status.closed)


Key = tuple[str, str]
"""Address of a worker, of which a process may have several, and id of a session."""


@dataclass
class _Open:
    """A node that is in use, or was a moment ago."""

    node: optbench.Node
    users: int = 0
    timer: threading.Timer | None = None


_lock = threading.Lock()


@cache
def _open() -> dict[Key, _Open]:
    """The nodes of this process, which are closed with it: what they run would keep it from ending."""
    Finalize(None, _close_all, exitpriority=100)
    return {}


@contextmanager
def _node(session: Session) -> Iterator[optbench.Node]:
    worker = get_worker()
    key = (worker.address, session.id)
    with _lock:
        found = _open().get(key) or _Open(optbench.Node(session.context, worker.state.nthreads))
        _open()[key] = found
        found.users += 1
        if found.timer:
            found.timer.cancel()
    try:
        yield found.node
    finally:
        with _lock:
            found.users -= 1
            if not found.users:
                found.timer = threading.Timer(IDLE, partial(_close, key, only_idle=True))
                found.timer.daemon = True
                found.timer.start()


def _close_all() -> None:
    for key in tuple(_open()):
        _close(key)


def _close(key: Key, only_idle: bool = False) -> None:
    with _lock:
        found = _open().get(key)
        if found is None or (only_idle and found.users):
            return
        del _open()[key]
        if found.timer:
            found.timer.cancel()
    found.node.__exit__(None, None, None)
