"""`Stack`: the weights of models of one architecture in tensors `[K, ...]`, of which the models' own are views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

STEP = 64
"""Elements: a multiple of what vectorised loops take at once."""
Named = Callable[[nn.Module], Iterable[tuple[str, Tensor]]]


class Stack:
    """Stacked parameters and buffers.

    Buffers are stacked even if all have the same, so that a product with them has the same form, and rounding, whatever
    the number of models; they are dense, because batch normalisation loses its statistics in others. Each model goes
    on working by itself, and so does an optimizer that changes its parameters in place.
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self.models = tuple(models)
        self.parameters = {
            name: nn.Parameter(stacked, requires_grad=requires_grad)
            for name, stacked in _stacked(self.models, nn.Module.named_parameters, _in_steps).items()
            for requires_grad in [self.models[0].get_parameter(name).requires_grad]
        }
        self.buffers = _stacked(self.models, nn.Module.named_buffers, torch.stack)

    @property
    def trainable(self) -> dict[str, Tensor]:
        """The stacked parameters that have gradients, by name."""
        return {name: stacked for name, stacked in self.parameters.items() if stacked.requires_grad}

    def without(self, kept: Sequence[int]) -> Stack:
        """Return a stack of some of the models; the others keep the weights that they have."""
        return Stack([self.models[index] for index in kept])

    @property
    def is_intact(self) -> bool:
        """Whether the models' parameters still are views of the stacked ones: code may have replaced their data."""
        return all(
            parameter.data_ptr() == self.parameters[name][member].data_ptr()
            for member, model in enumerate(self.models)
            for name, parameter in model.named_parameters()
        )


def _stacked(models: Sequence[nn.Module], named: Named, stack: Callable[[list[Tensor]], Tensor]) -> dict[str, Tensor]:
    """Stack the models' tensors by name, and turn them into views of that."""
    own = [dict(named(model)) for model in models]
    stacked = {name: stack([tensors[name].detach() for tensors in own]) for name in own[0]}
    for member, tensors in enumerate(own):
        for name, tensor in tensors.items():
            tensor.data = stacked[name][member]
    return stacked


def padded(elements: int) -> int:
    """Return the next multiple of `STEP`.

    Where each member's numbers begin at one, vectorised loops treat them alike. Otherwise where the vectorised part of
    a loop ends, and with it how numbers are rounded, would depend on how many members there are.
    """
    return -(-elements // STEP) * STEP


def _in_steps(tensors: list[Tensor]) -> Tensor:
    """Stack tensors with their beginnings `padded` apart."""
    first = tensors[0]
    step = max(padded(first.numel()), STEP)
    memory = torch.zeros(len(tensors) * step, dtype=first.dtype, device=first.device)
    contiguous = torch.empty(first.shape, device="meta").stride()
    stacked = memory.as_strided((len(tensors), *first.shape), (step, *contiguous))
    for member, tensor in enumerate(tensors):
        stacked[member].copy_(tensor)
    return stacked
