"""Tasks tried where runs happen, before anything does: what the coordinator asks of workers, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from optbench.errors import DataUnavailable
from optbench.execution.process import WorkerDied, WorkerTimeout
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec

VALIDATE = "optbench.execution.tasks:validate_task"
PATIENCE = 120.0
"""Seconds that building a task's data, or a trial, may take; as long as a run may where that is more."""


def refused_tasks(
    specs: Iterable[RunSpec],
    places: Mapping[str, Sequence[Place]],
    context: ExecutionContext,
    live: Any,
    download: bool,
) -> Iterator[str]:
    """Try the task of each run, once, and say in a line why it cannot run.

    Data that is not here yet is no reason where nothing is downloaded.
    """
    by_task: dict[str, list[RunSpec]] = {}
    for spec in specs:
        by_task.setdefault(spec.task.name, []).append(spec)
    for name, alike in by_task.items():
        device, limit = places[alike[0].device][0].device, patience(context)
        try:
            reason = live.call(VALIDATE, alike[0], device, context, alike, timeout=limit)
        except DataUnavailable as error:
            reason = str(error) if download else ""
        except (WorkerDied, WorkerTimeout) as error:
            reason = f"when its data, its model and its first batch were tried, {error}"
        if reason:
            yield f"task {name!r} cannot run: {reason}"


def patience(context: ExecutionContext) -> float:
    """Return the seconds after which a task is given up: no run could be done either."""
    return max(PATIENCE, context.timeout)
