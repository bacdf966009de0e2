"""Examine components by their names, one check at a time."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

from optbench.components.component import IMPORT_STRING, resolve
from optbench.components.optimizer import Optimizer
from optbench.components.spaces import is_number
from optbench.execution.validation.remedies import Tried, explain
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.suite.resolve import PLAIN_LR
from optbench.testing import datasets, losses, metrics, models, optimizers, schedules, tasks
from optbench.testing.check import Check, Finding, Kind, examine
from optbench.testing.optimizers import decay
from optbench.training.optimizers import plain_defaults

CHECKS: dict[Kind, tuple[Check, ...]] = {
    "optimizer": optimizers.CHECKS,
    "model": models.CHECKS,
    "dataset": datasets.CHECKS,
    "task": tasks.CHECKS,
    "schedule": schedules.CHECKS,
    "loss": losses.CHECKS,
    "metric": metrics.CHECKS,
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
    component = _component(kind, name, registry)
    subject = _subject(kind, component, context)
    if isinstance(component, Optimizer):
        return examine(found, kind, name, subject, component.limits, partial(_way_out, name, component))
    return examine(found, kind, name, subject)


def _way_out(name: str, component: Optimizer, error: BaseException) -> str:
    """Say what an optimizer raised, and what is done about it."""
    values = {**component.defaults, "lr": component.lr_ref}
    first, *_ = [*inspect.signature(resolve(component.build)).parameters, ""]
    bare = IMPORT_STRING.match(name) is not None
    return explain(error, Tried(component, bare, component.defaults, values, first_argument=first))


def _component(kind: Kind, name: str, registry: Registry) -> Any:
    if IMPORT_STRING.match(name):
        return _bare(name)
    return registry.shelf(kind)[name].component


@lru_cache(maxsize=1)
def _bare(import_string: str) -> Optimizer:
    """Take a class for the optimizer that it shows itself to be: its default rate, and how its weight decay acts."""
    build = resolve(import_string)
    rate = inspect.signature(build).parameters.get("lr")
    defaults = plain_defaults(build)
    component = Optimizer(
        name=import_string.rpartition(":")[2],
        build=import_string,
        lr_ref=rate.default if rate and is_number(rate.default) and rate.default > 0 else PLAIN_LR,
        defaults=defaults | dict.fromkeys(defaults.keys() & {"weight_decay"}, 0.0),
    )
    if "weight_decay" not in defaults:
        return component
    with contextlib.suppress(Exception):  # what it raises is a finding of each check
        found = decay.modes(component)
        unknown = {"weight-decay": "its weight decay acts in none of the modes that an optimizer can declare"}
        return replace(component, **({"weight_decay_mode": found[0]} if found else {"limits": unknown}))
    return component


def _subject(kind: Kind, component: Any, context: ExecutionContext) -> Callable[[], Any]:
    makers: dict[Kind, Callable[[], Any]] = {
        "model": lambda: models.model_case(component, context.registry(), context.folders),
        "dataset": lambda: datasets.dataset_case(component, context.folders),
        "task": lambda: tasks.task_case(component, context),
    }
    return makers.get(kind, lambda: component)
