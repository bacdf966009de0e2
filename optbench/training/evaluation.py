"""Loss and metric of a model on a split, in evaluation mode, weighted by sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optbench.components.dataset import Split
from optbench.training.losses import Loss, weighted
from optbench.training.metrics import find_metric
from optbench.training.objective import Predict

CHUNK = 512
"""Examples per forward pass."""


@dataclass(frozen=True)
class Score:
    """Means over the examples of a split; the metric also by class, where it is one of classes."""

    loss: float
    metric: float
    by_class: tuple[float, ...] = ()


def evaluate(predict: Predict, split: Split, loss: Loss, metric: str) -> Score:
    """Return the mean loss over a split (not the mean of batch means), and the metric.

    Where a loss ignores some of the targets it is the mean over those that it counts, 0 where there are none.
    """
    total, counts, count = 0.0, [], find_metric(metric)
    with torch.no_grad():
        for start in range(0, len(split), CHUNK):
            chunk = split.take(slice(start, start + CHUNK))
            outputs = predict(chunk.inputs)
            total += len(chunk) * float(weighted(loss, loss(outputs, chunk.targets), chunk.targets, split.targets))
            if count is not None:
                counts.append(count(outputs, chunk.targets))
    mean = total / len(split)
    if not counts:
        return Score(loss=mean, metric=mean)
    counted, out_of = torch.stack(counts).sum(0).double()
    by_class = tuple((counted / out_of).tolist()) if len(counted) > 1 and bool((out_of > 0).all()) else ()
    return Score(loss=mean, metric=float(counted.sum() / out_of.sum()), by_class=by_class)


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
