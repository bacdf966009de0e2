"""Losses that tasks can name: means over examples."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from optbench.registry.components import resolve
from optbench.registry.task import LOSSES

Loss = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) to a scalar, the mean over the batch."""


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy in nats; logits `[..., C]` and classes `[...]`, one prediction per leading index."""
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error; outputs and targets of the same number of elements."""
    return F.mse_loss(outputs.reshape(targets.shape), targets)


def binary_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean binary cross entropy in nats; logits and targets in [0, 1], as many of the one as of the other."""
    return F.binary_cross_entropy_with_logits(outputs.reshape(targets.shape), targets)


def half_mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the mean squared error, whose gradient has no factor 2."""
    return 0.5 * mse(outputs, targets)


def mean_output(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean of the outputs, for models that return each example's loss themselves; targets are ignored."""
    return outputs.mean()


_FUNCTIONS = (cross_entropy, binary_cross_entropy, mse, half_mse, mean_output)
_LOSSES: dict[str, Loss] = dict(zip(LOSSES, _FUNCTIONS, strict=True))


def find_loss(name: str) -> Loss:
    """Return a loss by its name or import string."""
    return _LOSSES[name] if name in _LOSSES else resolve(name)
