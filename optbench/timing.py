"""`time_suite`: what the steps of a suite's optimizers cost here, measured apart from learning runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optbench.execution.process import WorkerDied, WorkerTimeout
from optbench.observers import Observer
from optbench.options import Options
from optbench.plan import Plan, opened, prepare
from optbench.registry.discovery import load_registry
from optbench.runs.context import Place
from optbench.runs.spec import RunSpec
from optbench.runs.timing import StepTimes, Timing
from optbench.suite.load import examine_suite_file

TIME_STEPS = "optbench.execution.timing:time_steps"
REFERENCE = "sgd"
ROUNDS = 30


def time_suite(
    suite: str | Path, options: Options, observer: Observer, rounds: int = ROUNDS, reference: str = REFERENCE
) -> Iterator[tuple[Timing, Path]]:
    """Time the steps of a suite's optimizers, task by task, and yield each `Timing` with the file that it is kept in.

    Nothing needs to have been run. The reference is timed too where the suite does not have it. Raises `UsageError` for
    whatever is wrong before; an optimizer that cannot be timed has a reason instead of times.
    """
    plan = prepare(suite, _with_reference(suite, options, reference), observer)
    with opened(plan.executor, plan.context) as live:
        for device, places in plan.places.items():
            clock = _Clock(live, plan, reference, rounds, places[0], observer)
            for specs in _by_task(plan, device):
                timing = clock.time(specs)
                if timing is not None:
                    yield timing, plan.store.add_timing(timing)


def summary(timing: Timing) -> str:
    """Return what was measured on one task as text, for a terminal."""
    from optbench.reporting.text import timing_summary

    return timing_summary(timing)


def _with_reference(suite: str | Path, options: Options, reference: str) -> Options:
    """Choose the reference as well, where neither the options nor, without any, the suite do so already."""
    chosen = options.optimizers or [
        item.name for item in examine_suite_file(suite, load_registry(options.plugins)).sound.optimizers
    ]
    return options if reference in chosen else options.model_copy(update={"optimizers": (*chosen, reference)})


def _by_task(plan: Plan, device: str) -> Iterator[list[RunSpec]]:
    """Yield the runs that the cells of each task begin with, one of each optimizer."""
    by_task: dict[str, dict[str, RunSpec]] = {suite_task.task.name: {} for suite_task in plan.suite.tasks}
    for cell in plan.suite.cells():
        if cell.device == device:
            by_task[cell.task.name].setdefault(cell.entry.name, plan.suite.protocol.first_run(cell))
    yield from (list(specs.values()) for specs in by_task.values())


@dataclass(frozen=True)
class _Clock:
    """Has a task timed where runs happen, whatever its optimizers do to their process."""

    live: Any
    plan: Plan
    reference: str
    rounds: int
    place: Place
    observer: Observer

    def time(self, specs: Sequence[RunSpec]) -> Timing | None:
        """Time the optimizers of a task together; those that their process does not survive are left out."""
        task = specs[0].task
        if task.processes > 1:
            self.observer.note(f"{task.name}: not timed, as its runs are of {task.processes} processes")
            return None
        self.observer.note(f"{task.name} on {self.place.device}: {len(specs)} optimizers, {self.rounds} rounds")
        try:
            return self._call(specs, self.rounds)
        except (WorkerDied, WorkerTimeout):
            alone = {spec.optimizer: self._why_not(spec) for spec in specs}
        dead = [StepTimes(spec=spec, reason=alone[spec.optimizer]) for spec in specs if alone[spec.optimizer]]
        alive = [spec for spec in specs if not alone[spec.optimizer]]
        try:
            timing = self._call(alive, self.rounds) if alive else None
        except (WorkerDied, WorkerTimeout) as error:
            self.observer.note(f"{task.name}: not timed: {error}")
            return None
        if timing is None:
            self.observer.note(f"{task.name}: not timed: no optimizer's process survived it")
            return None
        return timing.model_copy(update={"optimizers": (*timing.optimizers, *dead)})

    def _why_not(self, spec: RunSpec) -> str:
        try:
            self._call([spec], 1)
        except (WorkerDied, WorkerTimeout) as error:
            return str(error)
        return ""

    def _call(self, specs: Sequence[RunSpec], rounds: int) -> Timing:
        context = self.plan.context
        arguments = (self.plan.suite.name, self.reference, list(specs), rounds, self.place, context)
        timing: Timing = self.live.call(TIME_STEPS, *arguments, timeout=context.timeout * len(specs))
        return timing
