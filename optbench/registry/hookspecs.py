"""The hooks that plugins implement: one function per kind of named value, and two that are told or asked something."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from optbench.components.dataset import Dataset
from optbench.components.diagnostic import Diagnostic
from optbench.components.executor import Executor
from optbench.components.loss import Loss
from optbench.components.metric import Metric
from optbench.components.model import Model
from optbench.components.optimizer import Optimizer
from optbench.components.reporter import Reporter
from optbench.components.schedule import Schedule
from optbench.components.task import Task

if TYPE_CHECKING:
    from optbench.runs.record import RunRecord

PROJECT = "optbench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class SuiteSource:
    """A suite that a plugin ships: its name and where its TOML file lies."""

    name: str
    path: Path

    @property
    def description(self) -> str:
        """What the file says of itself; "" where it cannot be read."""
        try:
            return str(tomllib.loads(self.path.read_text(encoding="utf-8-sig")).get("description", ""))
        except (OSError, ValueError):
            return ""


@hookspec
def optbench_optimizers() -> Iterable[Optimizer]:  # type: ignore[empty-body]
    """Yield the optimizers that this plugin provides."""


@hookspec
def optbench_models() -> Iterable[Model]:  # type: ignore[empty-body]
    """Yield the models that this plugin provides."""


@hookspec
def optbench_datasets() -> Iterable[Dataset]:  # type: ignore[empty-body]
    """Yield the data sets that this plugin provides."""


@hookspec
def optbench_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Yield the tasks that this plugin provides."""


@hookspec
def optbench_schedules() -> Iterable[Schedule]:  # type: ignore[empty-body]
    """Yield the schedules that this plugin provides."""


@hookspec
def optbench_losses() -> Iterable[Loss]:  # type: ignore[empty-body]
    """Yield the losses that this plugin provides."""


@hookspec
def optbench_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Yield the metrics that this plugin provides."""


@hookspec
def optbench_suites() -> Iterable[SuiteSource]:  # type: ignore[empty-body]
    """Yield the suites that this plugin ships."""


@hookspec
def optbench_diagnostics() -> Iterable[Diagnostic]:  # type: ignore[empty-body]
    """Yield the diagnostics that this plugin provides."""


@hookspec
def optbench_executors() -> Iterable[Executor]:  # type: ignore[empty-body]
    """Yield the executors that this plugin provides."""


@hookspec
def optbench_reporters() -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Yield the reporters that this plugin provides."""


@hookspec
def optbench_run_finished(record: RunRecord, done: int, total: int) -> None:
    """Be told, in the coordinator, that a run's record is stored: `done` of the `total` runs known of so far."""


@hookspec
def optbench_environment() -> Mapping[str, str]:  # type: ignore[empty-body]
    """Say, once in each worker, what a record should know of where it was made: a job number, a driver's version."""
