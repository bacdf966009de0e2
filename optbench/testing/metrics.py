"""The checks of metrics, on a batch of what they take."""

from __future__ import annotations

import torch
from torch import Tensor

from optbench.components.metric import Metric
from optbench.testing.batches import EXAMPLES, batch_of
from optbench.testing.check import NotApplicable, Violation, check
from optbench.training.metrics import Metric as BuiltMetric
from optbench.training.metrics import built_metric


def _statistics(metric: BuiltMetric, outputs: Tensor, targets: Tensor) -> Tensor:
    assert metric.statistics is not None
    return metric.statistics(outputs, targets).cpu().double()


@check("builds", why="A metric that is no number selects nothing.")
def builds(component: Metric) -> None:
    """Of random outputs, or of a loss of 1, it is a number."""
    metric = built_metric(component, component.name)
    value = metric.value(_statistics(metric, *batch_of(component.targets)) if metric.statistics else 1.0)
    if not isinstance(value, int | float):
        raise Violation(f"its value is {value!r}")


@check("adds-up", why="A metric that depends on how a split is cut into batches is no property of the weights.")
def adds_up_over_batches(component: Metric) -> None:
    """The statistics of a batch are the sum of those of its parts, whatever their sizes."""
    if component.build is None:
        raise NotApplicable("it is a function of the mean loss")
    metric, (outputs, targets) = built_metric(component, component.name), batch_of(component.targets)
    whole = _statistics(metric, outputs, targets)
    for size in (1, 5, EXAMPLES // 2):
        parts = zip(torch.split(outputs, size), torch.split(targets, size), strict=True)
        added = torch.stack([_statistics(metric, *part) for part in parts]).sum(0)
        if not torch.allclose(whole, added, rtol=1e-9):
            raise Violation(f"they are {whole.tolist()}, added up over parts of {size} {added.tolist()}")


CHECKS = (builds, adds_up_over_batches)
