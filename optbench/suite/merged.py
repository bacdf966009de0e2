"""What a suite's task is in full: the registered task that it starts from, with what the suite changes."""

from __future__ import annotations

from typing import Any

from optbench.components.task import Task
from optbench.registry.registry import Registry


def base_task(item: Any, registry: Registry) -> Task | None:
    """Return the registered task that a suite's task starts from; none for one made of model and dataset."""
    if item.task is None and {"model", "dataset"} <= item.model_fields_set:
        return None
    return registry.tasks[item.task or item.name].component


def merged_task(item: Any, registry: Registry) -> Task:
    """Return the task that a suite's item describes; raises `ValidationError` or `UnknownName`."""
    return Task.model_validate(merged_fields(item, registry))


def merged_fields(item: Any, registry: Registry) -> dict[str, Any]:
    """Return the fields of the task that a suite's item describes, not validated together; raises `UnknownName`."""
    base = base_task(item, registry)
    changes = {k: getattr(item, k) for k in item.model_fields_set - {"task", "fallback"}}
    if base is None:
        return changes
    judged_anew = {"metric", "metrics", "goal"} if {"metric", "metrics"} & changes.keys() else set()
    fields = base.model_dump(exclude={"measures"} | judged_anew) | changes
    for options in ("model_options", "dataset_options"):
        fields[options] = getattr(base, options) | changes.get(options, {})
    return fields
