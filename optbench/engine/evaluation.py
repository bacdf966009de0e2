"""Loss and metric of a model on a split, in evaluation mode, weighted by sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optbench.engine.losses import Loss, accuracy
from optbench.registry.components import Split

CHUNK = 512
"""Examples per forward pass."""


@dataclass(frozen=True)
class Score:
    """Means over the examples of a split."""

    loss: float
    metric: float


def evaluate(model: nn.Module, split: Split, loss: Loss, metric: Literal["loss", "accuracy"]) -> Score:
    """Return the mean loss and metric over a split (not the mean of batch means)."""
    totals = torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for start in range(0, len(split), CHUNK):
            inputs, targets = split.inputs[start : start + CHUNK], split.targets[start : start + CHUNK]
            outputs = model(inputs)
            mean_loss = loss(outputs, targets)
            mean_metric = accuracy(outputs, targets) if metric == "accuracy" else mean_loss
            totals += len(inputs) * torch.stack([mean_loss.cpu().double(), mean_metric.cpu().double()])
    mean = totals / len(split)
    return Score(loss=float(mean[0]), metric=float(mean[1]))


@contextmanager
def evaluation_mode(model: nn.Module, optimizer: Any) -> Iterator[None]:
    """Put the model, and an optimizer that knows the difference (schedule-free ones do), into evaluation mode."""
    switches = [model, *([optimizer] if hasattr(optimizer, "eval") and hasattr(optimizer, "train") else [])]
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
    index = torch.arange(examples, device=split.inputs.device) * len(split) // examples
    return Split(split.inputs[index], split.targets[index])


def all_finite(model: nn.Module) -> bool:
    """Whether every parameter is finite."""
    flags: list[Tensor] = [torch.isfinite(p).all() for p in model.parameters()]
    return not flags or bool(torch.stack(flags).all())
