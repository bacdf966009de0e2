"""How a task's metric is shown: accuracies in per cent, losses as they are."""

from __future__ import annotations

from optbench.registry.task import Task


def factor(task: Task) -> float:
    """What a recorded value is multiplied with for showing."""
    return 100.0 if task.metric == "accuracy" else 1.0


def label(task: Task, split: str) -> str:
    """Axis or column label with its unit: "test accuracy (%)", "test loss"."""
    return f"{split} accuracy (%)" if task.metric == "accuracy" else f"{split} loss"


def unit(task: Task) -> str:
    """What follows a shown value in a sentence."""
    return " %" if task.metric == "accuracy" else ""
