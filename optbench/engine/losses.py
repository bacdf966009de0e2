"""Losses that tasks can name, and the metrics they are judged by; both are means over examples."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from optbench.errors import PluginError, closest
from optbench.registry.components import IMPORT_STRING, resolve

Loss = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) to a scalar, the mean over the batch."""


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy in nats; logits `[..., C]` and classes `[...]`, one prediction per leading index."""
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error; outputs and targets of the same number of elements."""
    return F.mse_loss(outputs.reshape(targets.shape), targets)


def half_mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the mean squared error, whose gradient has no factor 2."""
    return 0.5 * mse(outputs, targets)


def mean_output(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean of the outputs, for models that return each example's loss themselves; targets are ignored."""
    return outputs.mean()


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of predictions whose largest logit is the target."""
    return (outputs.argmax(-1) == targets).to(torch.float32).mean()


LOSSES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "mse": mse,
    "half_mse": half_mse,
    "mean_output": mean_output,
}


def find_loss(name: str) -> Loss:
    """Return a loss by its name or import string; raises `PluginError` with the closest name."""
    if name in LOSSES:
        return LOSSES[name]
    if IMPORT_STRING.match(name):
        return resolve(name)
    raise PluginError(f"unknown loss {name!r}{closest(name, LOSSES)}")
