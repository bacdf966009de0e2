"""The hooks that plugins implement: one function per kind of component, each yielding named values."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pluggy

from optbench.registry.components import Dataset, Model, Optimizer
from optbench.registry.task import Task

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
def optbench_suites() -> Iterable[SuiteSource]:  # type: ignore[empty-body]
    """Yield the suites that this plugin ships."""
