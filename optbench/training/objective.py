"""What a training step minimises: the loss of a batch, as its task regularises it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.dataset import Inputs
from optbench.components.task import Precision, Task
from optbench.training.losses import Loss
from optbench.training.parameters import as_real, decaying_parameters

Predict = Callable[[Inputs], Tensor]
"""A batch of inputs, one tensor or a tuple of several, to the model's outputs."""
Objective = Callable[[Inputs, Tensor], Tensor]
"""(inputs, targets) of a batch to the scalar that training minimises."""


def predictor(logits: nn.Module, precision: Precision, device: torch.device) -> Predict:
    """Return a model's logits as a function; in bfloat16 under autocast, its outputs in float32 again."""
    if precision != "bfloat16":
        return logits

    def predict(inputs: Inputs) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            outputs: Tensor = logits(inputs)
        return outputs.float()

    return predict


def training_objective(task: Task, loss: Loss, model: nn.Module, predict: Predict) -> Objective:
    """Return the function of (inputs, targets) that training minimises.

    L(predict(augmented inputs), smoothed targets) + l1 * sum |w| + l2 / 2 * sum w^2, the sums over the weights that
    weight decay acts on: `l2` is to the gradient what SGD's `weight_decay` is. Several inputs are augmented
    together, as a tuple.
    """
    of_batch = loss.smoothed(task.label_smoothing)
    augment = resolve(task.augmentation) if task.augmentation else None
    decaying = {id(weight) for weight in decaying_parameters(model)}
    weights = [attrgetter(name) for name, weight in model.named_parameters() if id(weight) in decaying]

    def objective(inputs: Inputs, targets: Tensor) -> Tensor:
        value = of_batch(predict(inputs if augment is None else augment(inputs)), targets)
        return value + penalty([w(model) for w in weights], task.l1, task.l2) if task.l1 or task.l2 else value

    return objective


def penalty(weights: Sequence[Tensor], l1: float, l2: float) -> Tensor:
    """Return l1 * sum |w| + l2 / 2 * sum |w|^2 over weights, |w| a complex one's modulus; 0 for none."""
    if not weights:
        return torch.zeros(())
    absolute = torch.stack([weight.abs().sum() for weight in weights]).sum()
    squared = torch.stack([as_real(weight).square().sum() for weight in weights]).sum()
    return l1 * absolute + 0.5 * l2 * squared
