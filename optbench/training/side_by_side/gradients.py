"""The losses and gradients of stacked models on a batch each, in one forward and one backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from optbench.components.dataset import Inputs
from optbench.training.side_by_side.stack import Stack
from optbench.training.training import Training

Batch = tuple[Inputs, Tensor]


class _Objective(nn.Module):
    """What training minimises, as a module whose weights can be replaced: penalties see the replaced ones too."""

    def __init__(self, run: Training) -> None:
        super().__init__()
        self.model = run.model
        self._objective = run.objective

    def forward(self, inputs: Inputs, targets: Tensor) -> Tensor:
        return self._objective(inputs, targets)


def gradients(run: Training, stack: Stack, batches: Sequence[Batch]) -> tuple[Tensor, dict[str, Tensor | None]]:
    """Return the losses `[K]` and, by the parameters' names, the gradients `[K, ...]`; `run` is that of any member.

    Raises what `torch.func.vmap` cannot do: control flow that depends on values, and random numbers, which members draw
    from streams of their own.
    """
    objective = _Objective(run)
    trainable = stack.trainable
    fixed = {name: stacked for name, stacked in stack.parameters.items() if name not in trainable}
    inputs, targets = (_together([batch[part] for batch in batches]) for part in range(2))

    def loss_of(parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Inputs, targets: Tensor) -> Tensor:
        replaced = {f"model.{name}": tensor for name, tensor in (parameters | buffers).items()}
        loss: Tensor = functional_call(objective, replaced, (inputs, targets))
        return loss

    losses: Tensor = vmap(loss_of, randomness="error")(trainable, fixed | stack.buffers, inputs, targets)
    found = torch.autograd.grad(losses.sum(), list(trainable.values()), allow_unused=True)
    return losses.detach(), {
        name: None if gradient is None else _laid_out(gradient, parameter)
        for (name, parameter), gradient in zip(trainable.items(), found, strict=True)
    }


def hand_out(stack: Stack, found: dict[str, Tensor | None]) -> None:
    """Give each model's parameters their gradients, as views."""
    for member, model in enumerate(stack.models):
        for name, parameter in model.named_parameters():
            gradient = found.get(name)
            parameter.grad = None if gradient is None else gradient[member]


def _laid_out(gradient: Tensor, parameter: Tensor) -> Tensor:
    """Return gradients `[K, ...]`, each in its parameter's layout, as a single run's is: a view may be taken of it."""
    of_one = parameter.stride()[1:]
    if gradient.stride()[1:] == of_one:
        return gradient
    return gradient.new_empty_strided(gradient.shape, (gradient[0].numel(), *of_one)).copy_(gradient)


def _together(parts: Sequence[Any]) -> Any:
    """Stack what the members have, tensors or tuples of such; what is one and the same for all is not copied."""
    if isinstance(parts[0], tuple):
        return tuple(_together(tensors) for tensors in zip(*parts, strict=True))
    if all(part is parts[0] for part in parts):
        return parts[0].expand(len(parts), *parts[0].shape)
    return torch.stack(tuple(parts))
