"""The checks of schedules, losses and metrics: what is built in passes, and each can fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from optbench import Loss, Metric, Schedule
from optbench.builtin.losses import LOSSES
from optbench.builtin.metrics import METRICS
from optbench.builtin.schedules import SCHEDULES
from optbench.testing.check import Check, Kind, Outcome, examine
from optbench.testing.losses import CHECKS as LOSS_CHECKS
from optbench.testing.metrics import CHECKS as METRIC_CHECKS
from optbench.testing.schedules import CHECKS as SCHEDULE_CHECKS


def failed(kind: Kind, checks: Sequence[Check], component: Any) -> dict[str, str]:
    found = [examine(check, kind, component.name, lambda: component) for check in checks]
    return {one.check: one.seen for one in found if one.outcome is Outcome.FAILED}


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_our_schedules_conform(schedule: Schedule) -> None:
    assert failed("schedule", SCHEDULE_CHECKS, schedule) == {}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_our_losses_conform(loss: Loss) -> None:
    assert failed("loss", LOSS_CHECKS, loss) == {}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_our_metrics_conform(metric: Metric) -> None:
    assert failed("metric", METRIC_CHECKS, metric) == {}


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda steps, warmup_steps: lambda step: 1 - 2 * step / steps, {"builds", "peak"}),
        (lambda steps, warmup_steps: lambda step: step / warmup_steps, {"builds", "peak"}),
        (lambda steps, warmup_steps: lambda step: 0.5, {"peak"}),
    ],
)
def test_a_schedule_that_is_none_fails(build: Callable[..., Any], expected: set[str]) -> None:
    assert set(failed("schedule", SCHEDULE_CHECKS, Schedule(name="s", build=build))) == expected


def detached(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs * (outputs - targets).detach()).mean()


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda outputs, targets: (outputs - targets).square().sum(), {"mean"}),
        (lambda outputs, targets: (outputs - targets).square().mean(1), {"builds", "mean", "gradient"}),
        (lambda outputs, targets: (outputs - targets).square().amax(), {"mean"}),
        (detached, {"gradient"}),
    ],
)
def test_a_loss_that_is_none_fails(build: Callable[..., Any], expected: set[str]) -> None:
    found = set(failed("loss", LOSS_CHECKS, Loss(name="l", build=build, targets="values")))
    assert found >= expected - {"gradient"} if "builds" in expected else found == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"build": lambda outputs, targets: (outputs - targets).abs().mean()[None, None].expand(2, 1)}, {"adds-up"}),
        ({"value": lambda sums: sums}, {"builds"}),
        ({"value": lambda sums: sums / None}, {"builds"}),
    ],
)
def test_a_metric_that_is_none_fails(changes: dict[str, Any], expected: set[str]) -> None:
    sound: dict[str, Any] = {"name": "m", "build": "optbench.training.metrics:absolute_errors", "targets": "values"}
    assert set(failed("metric", METRIC_CHECKS, Metric(**sound | changes, higher_is_better=False))) == expected


def test_what_takes_anything_is_not_examined() -> None:
    loss = Loss(name="l", build=detached, targets="any")
    found = [examine(check, "loss", "l", lambda: loss) for check in LOSS_CHECKS]
    assert {(one.outcome, one.seen) for one in found} == {
        (Outcome.NOT_EXAMINED, "what it takes is not declared (targets)")
    }
