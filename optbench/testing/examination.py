"""Examine components by their names, one check at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from optbench.components.component import IMPORT_STRING
from optbench.components.optimizer import Optimizer
from optbench.execution.entries import inspect_import
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.testing import datasets, models, optimizers, tasks
from optbench.testing.check import Check, Finding, Kind, examine

CHECKS: dict[Kind, tuple[Check, ...]] = {
    "optimizer": optimizers.CHECKS,
    "model": models.CHECKS,
    "dataset": datasets.CHECKS,
    "task": tasks.CHECKS,
}
"""The checks by the kind of component that they examine, in their order."""


class Described(NamedTuple):
    """A check in words."""

    name: str
    expected: str
    why: str


def catalogue() -> dict[Kind, tuple[Described, ...]]:
    """Return what each check is called, expects and is for, by kind of component, in their order."""
    return {kind: tuple(Described(c.name, c.expected, c.why) for c in checks) for kind, checks in CHECKS.items()}


def examine_one(kind: Kind, name: str, check: str, context: ExecutionContext) -> Finding:
    """Apply one check to one component, in this process."""
    registry = context.registry()
    (found,) = (candidate for candidate in CHECKS[kind] if candidate.name == check)
    component = _component(kind, name, registry, context)
    limits = component.limits if isinstance(component, Optimizer) else None
    return examine(found, kind, name, _subject(kind, component, context), limits)


def _component(kind: Kind, name: str, registry: Registry, context: ExecutionContext) -> Any:
    if IMPORT_STRING.match(name):
        lr = inspect_import(name, context).lr
        return Optimizer(name=name.rpartition(":")[2], build=name, lr_ref=lr or 1e-3)
    return registry.shelves()[f"{kind}s"][name].component


def _subject(kind: Kind, component: Any, context: ExecutionContext) -> Callable[[], Any]:
    makers: dict[Kind, Callable[[], Any]] = {
        "optimizer": lambda: component,
        "model": lambda: models.model_case(component, context.registry(), context.folders),
        "dataset": lambda: datasets.dataset_case(component, context.folders),
        "task": lambda: tasks.task_case(component, context),
    }
    return makers[kind]
