"""Metrics that tasks can name, as counts, so that batches of any size add up to the exact share of a split."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

IGNORED = -100
"""A target that no loss and no metric looks at: torch's `ignore_index`."""

Metric = Callable[[Tensor, Tensor], tuple[int, int]]
"""(outputs, targets) to what is counted, and out of how many."""


def accuracy(outputs: Tensor, targets: Tensor) -> tuple[int, int]:
    """Count predictions whose largest logit is the target; logits `[..., C]`, classes `[...]`."""
    counted = targets != IGNORED
    return int(((outputs.argmax(-1) == targets) & counted).sum()), int(counted.sum())


METRICS: dict[str, Metric] = {"accuracy": accuracy}
