"""The updates of runs side by side: by an optimizer each, or by one for all where weights do not see each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from optbench.training.rates import set_rates
from optbench.training.side_by_side.stack import Stack

FAR = 2.0**20
"""How many times the reference rate the rate of a shared optimizer is."""


class SharedOptimizer:
    """One optimizer over stacked weights in place of one for each member.

    For optimizers that declare to be `elementwise`: a weight's step depends on its own gradients, value and state alone
    and is proportional to the learning rate. Members may therefore differ in their rates: all take a step at one large
    rate, of which each is then given its share. That rate is `FAR` times the reference, whoever the members are, so
    that a member's rounding does not depend on the others; and large, because a difference of weights loses the digits
    that a small step does not have.
    """

    def __init__(self, optimizers: Sequence[Any], stack: Stack, lr_ref: float) -> None:
        names = {id(parameter): name for name, parameter in stack.models[0].named_parameters()}
        first = optimizers[0]
        self._rate = FAR * lr_ref
        self._names = [[names[id(parameter)] for parameter in group["params"]] for group in first.param_groups]
        self._optimizer = type(first)(
            [
                group | {"params": [stack.parameters[name] for name in of_group], "lr": self._rate}
                for group, of_group in zip(first.param_groups, self._names, strict=True)
            ]
        )
        self._stack = stack
        rates = [[float(group["lr"]) for group in optimizer.param_groups] for optimizer in optimizers]
        self._shares = torch.tensor(rates, dtype=torch.float64) / self._rate

    def step(self, factor: float, found: dict[str, Tensor | None]) -> None:
        """Update all members' weights with their gradients `[K, ...]`, at their rates times a factor."""
        for name, parameter in self._stack.trainable.items():
            parameter.grad = found[name]
        set_rates(self._optimizer, [self._rate] * len(self._names), factor)
        moved = [(p, self._share(i, p)) for i, of_group in enumerate(self._names) for p in self._parameters(of_group)]
        before = [parameter.detach().clone() for parameter, _ in moved]
        self._optimizer.step()
        with torch.no_grad():
            for (parameter, share), old in zip(moved, before, strict=True):
                parameter.copy_(torch.lerp(old, parameter, share))

    def keep(self, kept: Sequence[int], stack: Stack) -> None:
        """Go on with some of the members, whose weights are stacked anew."""
        index = torch.tensor(kept)
        old = self._stack
        for group, of_group in zip(self._optimizer.param_groups, self._names, strict=True):
            group["params"] = [stack.parameters[name] for name in of_group]
        for name, parameter in old.parameters.items():
            if parameter in self._optimizer.state:
                state = self._optimizer.state.pop(parameter)
                self._optimizer.state[stack.parameters[name]] = {
                    key: value[index.to(value.device)] if _is_stacked(value, parameter) else value
                    for key, value in state.items()
                }
        self._stack, self._shares = stack, self._shares[index]

    def hand_back(self, optimizers: Sequence[Any]) -> None:
        """Give each member's own optimizer its part of the state, which is counted and may be looked at."""
        for member, (model, optimizer) in enumerate(zip(self._stack.models, optimizers, strict=True)):
            for name, parameter in model.named_parameters():
                stacked = self._stack.parameters[name]
                if stacked in self._optimizer.state:
                    optimizer.state[parameter] = {
                        key: value[member] if _is_stacked(value, stacked) else value
                        for key, value in self._optimizer.state[stacked].items()
                    }

    def _parameters(self, names: Sequence[str]) -> list[nn.Parameter]:
        return [self._stack.parameters[name] for name in names]

    def _share(self, group: int, parameter: Tensor) -> Tensor:
        shares = self._shares[:, group].to(parameter.device, parameter.dtype)
        return shares.reshape(-1, *[1] * (parameter.ndim - 1))


def can_share(optimizers: Sequence[Any]) -> bool:
    """Whether optimizers are the same but for their learning rates, and these are plain numbers."""
    first = [_options(group) for group in optimizers[0].param_groups]
    return all([_options(group) for group in optimizer.param_groups] == first for optimizer in optimizers) and all(
        isinstance(group.get("lr"), float | int) for optimizer in optimizers for group in optimizer.param_groups
    )


def _options(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key not in ("params", "lr")}


def _is_stacked(value: Any, parameter: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == parameter.shape
