"""`Stack`: the weights of models of one architecture in tensors `[K, ...]`, of which the models' own are views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

Named = Callable[[nn.Module], Iterable[tuple[str, Tensor]]]


class Stack:
    """Stacked parameters and buffers.

    Buffers are stacked even if all have the same, so that a product with them has the same form, and rounding, whatever
    the number of models. Each model goes on working by itself, and so does an optimizer that changes its parameters in
    place.
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self.models = tuple(models)
        self.parameters = {
            name: nn.Parameter(stacked, requires_grad=requires_grad)
            for name, stacked in _stacked(self.models, nn.Module.named_parameters).items()
            for requires_grad in [self.models[0].get_parameter(name).requires_grad]
        }
        self.buffers = _stacked(self.models, nn.Module.named_buffers)

    def __len__(self) -> int:
        return len(self.models)

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


def _stacked(models: Sequence[nn.Module], named: Named) -> dict[str, Tensor]:
    """Stack the models' tensors by name, and turn them into views of that."""
    own = [dict(named(model)) for model in models]
    stacked = {name: torch.stack([tensors[name].detach() for tensors in own]) for name in own[0]}
    for member, tensors in enumerate(own):
        for name, tensor in tensors.items():
            tensor.data = stacked[name][member]
    return stacked
