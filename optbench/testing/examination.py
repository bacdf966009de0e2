"""Examine components by their names, one check at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from optbench.engine.surroundings import Surroundings
from optbench.engine.worker import inspect_import, registry_of
from optbench.registry.components import IMPORT_STRING, Optimizer
from optbench.registry.registry import Registry
from optbench.testing import datasets, models, optimizers, tasks
from optbench.testing.check import Check, Finding, Kind, examine

CHECKS: dict[Kind, tuple[Check, ...]] = {
    "optimizer": optimizers.CHECKS,
    "model": models.CHECKS,
    "dataset": datasets.CHECKS,
    "task": tasks.CHECKS,
}


class Described(NamedTuple):
    """A check in words."""

    name: str
    expected: str
    why: str


def catalogue() -> dict[Kind, tuple[Described, ...]]:
    """Return what each check is called, expects and is for, by kind of component, in their order."""
    return {kind: tuple(Described(c.name, c.expected, c.why) for c in checks) for kind, checks in CHECKS.items()}


def examine_one(kind: Kind, name: str, check: str, surroundings: Surroundings) -> Finding:
    """Apply one check to one component, in this process."""
    registry = registry_of(surroundings)
    (found,) = (candidate for candidate in CHECKS[kind] if candidate.name == check)
    component = _component(kind, name, registry, surroundings)
    limits = component.limits if isinstance(component, Optimizer) else None
    return examine(found, kind, name, _subject(kind, component, registry, surroundings.folders), limits)


def _component(kind: Kind, name: str, registry: Registry, surroundings: Surroundings) -> Any:
    if IMPORT_STRING.match(name):
        lr = inspect_import(name, surroundings).lr
        return Optimizer(name=name.rpartition(":")[2], build=name, lr_ref=lr or 1e-3)
    return registry.shelves()[f"{kind}s"][name].component


def _subject(kind: Kind, component: Any, registry: Registry, folders: tuple[Path, ...]) -> Callable[[], Any]:
    makers: dict[Kind, Callable[[], Any]] = {
        "optimizer": lambda: component,
        "model": lambda: models.model_case(component, registry, folders),
        "dataset": lambda: datasets.dataset_case(component, folders),
        "task": lambda: tasks.task_case(component, registry, folders),
    }
    return makers[kind]
