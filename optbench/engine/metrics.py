"""Metrics that tasks can name, as counts, so that batches of any size add up to the exact share of a split."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

IGNORED = -100
"""A target that no loss and no metric looks at: torch's `ignore_index`."""

Metric = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) to counts `[2, K]`: what is counted, and out of how many, in each of K classes (or one)."""


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count predictions whose largest logit is the target, by class; logits `[..., C]`, classes `[...]`."""
    classes = outputs.shape[-1]
    counted = targets != IGNORED
    hits = targets[(outputs.argmax(-1) == targets) & counted]
    return torch.stack([torch.bincount(found, minlength=classes) for found in (hits, targets[counted])]).cpu()


METRICS: dict[str, Metric] = {"accuracy": accuracy}
