"""What a task's loss, metrics and schedule come to, once their names are looked up: do they fit, and who wins?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optbench.components.component import is_import_string
from optbench.components.loss import Loss
from optbench.components.metric import Measure, Metric
from optbench.components.task import Task
from optbench.errors import UsageError, closest
from optbench.registry.registry import Registry, Shelf

FUNCTION = " (or an import string, module:function)"


def judged_task(task: Task, registry: Registry) -> Task:
    """Return a task with what its metrics declare; raises `UsageError` for the first mistake in what it names."""
    for field, words in wrong_names(task, registry):
        raise UsageError(f"task {task.name!r}: {field}: {words}")
    return task.model_copy(update={"measures": tuple(_measures(task, registry))})


def wrong_names(task: Task, registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield the fields of a task that name what nothing provides or what does not fit the others, each in words."""
    unknown = [
        *unknown_in("loss", [task.loss], registry.losses),
        *unknown_in("schedule", [task.schedule], registry.schedules),
        *unknown_in("metrics" if task.metrics else "metric", task.all_metrics, registry.metrics),
    ]
    yield from unknown or _misfits(task, registry)


def unknown_in(field: str, names: Any, shelf: Shelf[Any]) -> Iterator[tuple[str, str]]:
    """Yield the field with words for each of its names that is neither on a shelf nor an import string."""
    for name in names:
        if name not in shelf and not is_import_string(name):
            yield field, f"unknown {shelf.kind} {name!r}{closest(name, shelf)}{FUNCTION}"


def _misfits(task: Task, registry: Registry) -> Iterator[tuple[str, str]]:
    loss = registry.loss(task.loss).component
    if task.label_smoothing and not loss.smooths:
        can = " or ".join(name for name, provided in registry.losses.items() if provided.component.smooths)
        yield "label_smoothing", f"{task.label_smoothing:g} needs the loss {can}, not {task.loss!r}"
    if task.goal is None and is_import_string(task.metric):
        yield "goal", f"is missing: say whether to minimise or to maximise {task.metric!r}, goal = 'maximise'"
    if task.goal is not None and not is_import_string(task.metric):
        yield "goal", f"{task.metric} declares itself whether more is better; leave goal out"
    for name in task.all_metrics:
        metric = registry.metric(name).component
        if metric.build is None and not _fits(metric, loss):
            field = "metrics" if task.metrics else "metric"
            yield field, f"{name} is a function of a loss of {metric.targets}, {task.loss} is one of {loss.targets}"


def _fits(metric: Metric, loss: Loss) -> bool:
    return metric.targets in ("any", loss.targets) or loss.targets in ("any", "none")


def _measures(task: Task, registry: Registry) -> Iterator[Measure]:
    for name in task.all_metrics:
        metric = registry.metric(name, higher_is_better=task.goal == "maximise").component
        yield Measure(name=name, higher_is_better=metric.higher_is_better, share=metric.share)
