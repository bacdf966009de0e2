"""Loss and metric of a model on a split, in evaluation mode, weighted by sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optbench.components.dataset import Split
from optbench.training.backends import backend_of
from optbench.training.losses import Loss
from optbench.training.metrics import Metric
from optbench.training.objective import Predict


@dataclass(frozen=True)
class Score:
    """The mean loss over a split, and the metrics by name; the first one also by class, where it has any."""

    loss: float
    metrics: dict[str, float]
    by_class: tuple[float, ...] = ()


def evaluate(predict: Predict, split: Split, loss: Loss, metrics: Sequence[Metric] = ()) -> Score:
    """Return the mean loss over a split (not the mean of batch means), and metrics of the whole of it.

    Where a loss ignores some of the targets it is the mean over those that it counts, 0 where there are none.
    """
    total, sums = 0.0, dict.fromkeys((metric.name for metric in metrics if metric.statistics), torch.zeros(()).double())
    with torch.no_grad():
        size = backend_of(split.targets.device).evaluation_batch
        for start in range(0, len(split), size):
            chunk = split.take(slice(start, start + size))
            outputs = predict(chunk.inputs)
            total += len(chunk) * float(loss.weighted(loss(outputs, chunk.targets), chunk.targets, split.targets))
            for metric in metrics:
                if metric.statistics:
                    sums[metric.name] = sums[metric.name] + metric.statistics(outputs, chunk.targets).cpu().double()
    mean = total / len(split)
    values = {metric.name: float(metric.value(sums.get(metric.name, mean))) for metric in metrics}
    return Score(mean, values, _by_class(metrics[0], sums) if metrics else ())


def _by_class(metric: Metric, sums: Mapping[str, Tensor]) -> tuple[float, ...]:
    """The metric of each class, where there are several and each has one."""
    found = metric.by_class(sums[metric.name]) if metric.by_class else torch.zeros(0)
    return tuple(found.tolist()) if len(found) > 1 and not bool(found.isnan().any()) else ()


def switches_weights(optimizer: Any) -> bool:
    """Whether an optimizer evaluates other weights than it trains, as schedule-free ones do."""
    return hasattr(optimizer, "eval") and hasattr(optimizer, "train")


@contextmanager
def evaluation_mode(model: nn.Module, optimizer: Any) -> Iterator[None]:
    """Put the model, and an optimizer that knows the difference (schedule-free ones do), into evaluation mode."""
    switches = [model, *([optimizer] if switches_weights(optimizer) else [])]
    for switch in switches:
        switch.eval()
    try:
        yield
    finally:
        for switch in switches:
            switch.train()


def evenly(split: Split, examples: int | Literal["all"]) -> Split:
    """Return examples spread evenly over the split: always the same ones."""
    if examples == "all" or examples >= len(split):
        return split
    return split.take(torch.arange(examples, device=split.targets.device) * len(split) // examples)


def all_finite(model: nn.Module) -> bool:
    """Whether every parameter is finite."""
    flags: list[Tensor] = [torch.isfinite(p).all() for p in model.parameters()]
    return not flags or bool(torch.stack(flags).all())
