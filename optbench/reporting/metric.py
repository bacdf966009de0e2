"""How a task's metric is shown: shares in per cent, losses as they are."""

from __future__ import annotations

from optbench.components.metric import Measure
from optbench.components.task import Task


def name(task: Task) -> str:
    """What the metric is called in a sentence: "accuracy", "loss"."""
    return task.metric.replace("_", " ")


def is_share(task: Task) -> bool:
    """Whether the metric is a share, which is shown in per cent."""
    return task.measure.share


def of_measure(measure: Measure) -> tuple[float, str]:
    """What a metric's recorded value is multiplied with for showing, and what follows it."""
    return (100.0, " %") if measure.share else (1.0, "")


def factor(task: Task) -> float:
    """What a recorded value is multiplied with for showing."""
    return of_measure(task.measure)[0]


def label(task: Task, split: str) -> str:
    """Axis or column label with its unit: "test accuracy (%)", "test loss"."""
    return f"{split} {name(task)} (%)" if is_share(task) else f"{split} {name(task)}"


def unit(task: Task) -> str:
    """What follows a shown value in a sentence."""
    return of_measure(task.measure)[1]
