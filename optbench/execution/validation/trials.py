"""Tasks and entries tried where runs happen, before anything does: what is asked of workers, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from optbench.errors import DataUnavailable
from optbench.execution.process import WorkerDied, WorkerTimeout
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec

VALIDATE = "optbench.execution.validation.tasks:validate_task"
ENTRIES = "optbench.execution.validation.entries"
PATIENCE = 120.0
"""Seconds that building a task's data, or a trial, may take; as long as a run may where that is more."""
TIMEOUT = 120.0
"""Seconds that an optimizer may take for a few steps on a small model; the limit of a whole run where that is less."""


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


class Mistake(NamedTuple):
    """Why an optimizer cannot be used."""

    line: str
    everywhere: bool = True
    """Whether it is one whatever the model is."""


class EntryTrials:
    """Tries the optimizers of some runs, one run of each cell, where runs happen; equal ones only once."""

    def __init__(self, specs: Iterable[RunSpec], context: ExecutionContext, live: Any) -> None:
        self._specs, self._context, self._live = tuple(specs), context, live

    def mistakes(self) -> Iterator[str]:
        """Yield a line for each entry that cannot be used."""
        found: dict[str, str] = {}
        for name in dict.fromkeys(spec.optimizer for spec in self._specs):
            specs = [spec for spec in self._specs if spec.optimizer == name]
            key = _content(specs[0])
            if key not in found:
                found[key] = self._mistake(specs)
            if found[key]:
                yield f"optimizer {name!r}: {found[key]}"

    def notes(self) -> Iterator[tuple[str, str, str]]:
        """Yield (optimizer, task, note) for each cell whose optimizer cannot be repeated, or follows no schedule."""
        found: dict[str, str] = {}
        unlike: dict[str, str] = {}
        constant: dict[tuple[str, int, float], bool] = {}
        for spec in self._specs:
            key, course = _content(spec), (spec.schedule, spec.task.steps, spec.task.warmup)
            if key not in unlike:
                unlike[key] = self._ask("why_not_repeatable", spec, lambda error: "")
            if unlike[key]:
                yield spec.optimizer, spec.task.name, f"optimizer {spec.optimizer!r}: {unlike[key]}"
            if course not in constant:
                constant[course] = self._ask("has_constant_rate", spec, lambda error: True)
            if not constant[course]:
                if key not in found:
                    found[key] = self._ask("why_no_schedule", spec, lambda error: "")
                if found[key]:
                    note = f"optimizer {spec.optimizer!r} does not follow the schedule {spec.schedule}: {found[key]}"
                    yield spec.optimizer, spec.task.name, note

    def _mistake(self, specs: list[RunSpec]) -> str:
        """Try an entry on a small model and, should it fail, on those of its tasks, for which it may be made."""
        mistake: Mistake | None = self._ask(
            "mistake_in_entry", specs[0], lambda error: Mistake(f"{error}, in its first steps on a small model")
        )
        if mistake is None:
            return ""
        by_task = {spec.task.name: spec for spec in reversed(specs)}
        works = not mistake.everywhere and any(
            self._ask("makes_a_step", spec, lambda error: False) for spec in by_task.values()
        )
        return "" if works else mistake.line

    def _ask(self, function: str, spec: RunSpec, otherwise: Callable[[Exception], Any]) -> Any:
        """Call one of the functions for workers; `otherwise` says what it means where one does not survive that."""
        timeout = min(TIMEOUT, self._context.timeout)
        try:
            return self._live.call(f"{ENTRIES}:{function}", spec, self._context, timeout=timeout)
        except (WorkerDied, WorkerTimeout) as error:
            return otherwise(error)


def _content(spec: RunSpec) -> str:
    """What makes two entries the same optimizer, whatever they are called."""
    return repr((spec.component, sorted(spec.hyperparameters.items())))
