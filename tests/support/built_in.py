"""Built-in losses, metrics and schedules by their names, as runs have them."""

from __future__ import annotations

from optbench.builtin.losses import LOSSES
from optbench.builtin.metrics import METRICS
from optbench.builtin.schedules import SCHEDULES
from optbench.training.losses import Loss, built_loss
from optbench.training.metrics import Metric, built_metric
from optbench.training.schedules import Factor, schedule_factor


def find_loss(name: str) -> Loss:
    (component,) = (loss for loss in LOSSES if loss.name == name)
    return built_loss(component)


def find_metric(name: str) -> Metric:
    (component,) = (metric for metric in METRICS if metric.name == name)
    return built_metric(component, name)


def find_factor(name: str, steps: int, warmup: float) -> Factor:
    (component,) = (schedule for schedule in SCHEDULES if schedule.name == name)
    return schedule_factor(component, steps, warmup)
