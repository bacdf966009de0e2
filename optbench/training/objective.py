"""What a training step minimises: the loss of a batch, as its task regularises it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.task import Precision, Task
from optbench.training.losses import Loss, cross_entropy, find_loss
from optbench.training.parameters import decaying_parameters

Predict = Callable[[Tensor], Tensor]
"""A batch of inputs to the model's outputs."""


def predictor(model: nn.Module, precision: Precision, device: torch.device) -> Predict:
    """Return the model as a function; in bfloat16 under autocast, its outputs in float32 again."""
    if precision != "bfloat16":
        return model

    def predict(inputs: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            outputs: Tensor = model(inputs)
        return outputs.float()

    return predict


def training_objective(task: Task, model: nn.Module, predict: Predict) -> Loss:
    """Return the function of (inputs, targets) that training minimises.

    L(predict(augmented inputs), smoothed targets) + l1 * sum |w| + l2 / 2 * sum w^2, the sums over the weights that
    weight decay acts on: `l2` is to the gradient what SGD's `weight_decay` is.
    """
    loss = (
        partial(cross_entropy, label_smoothing=task.label_smoothing) if task.label_smoothing else find_loss(task.loss)
    )
    augment = resolve(task.augmentation) if task.augmentation else None

    def objective(inputs: Tensor, targets: Tensor) -> Tensor:
        value = loss(predict(inputs if augment is None else augment(inputs)), targets)
        return value + penalty(model, task.l1, task.l2) if task.l1 or task.l2 else value

    return objective


def penalty(model: nn.Module, l1: float, l2: float) -> Tensor:
    """Return l1 * sum |w| + l2 / 2 * sum w^2 over the weights that decay."""
    weights = decaying_parameters(model)
    absolute = torch.stack([weight.abs().sum() for weight in weights]).sum()
    squared = torch.stack([weight.square().sum() for weight in weights]).sum()
    return l1 * absolute + 0.5 * l2 * squared
