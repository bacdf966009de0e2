"""The updates of runs side by side: by an optimizer each, or by one for all where weights do not see each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from optbench.errors import PluginError
from optbench.training.rates import set_rates
from optbench.training.side_by_side.stack import Stack, padded

FAR = 2.0**20
"""How many times the reference rate the rate of a shared optimizer is."""
Gradients = dict[str, Tensor | None]


class SharedOptimizer:
    """One optimizer for all members, which has the weights of each group as one tensor `[K, N]`.

    For optimizers that declare to be `elementwise`: a weight's step depends on its own gradients, value and state alone
    and is proportional to the learning rate. Members may therefore differ in their rates: all take a step at one large
    rate, of which each is then given its share. That rate is `FAR` times the reference, whoever the members are, so
    that a member's rounding does not depend on the others; and large, because a difference of weights loses the digits
    that a small step does not have.
    """

    def __init__(self, optimizers: Sequence[Any], stack: Stack, lr_ref: float) -> None:
        names = {id(parameter): name for name, parameter in stack.models[0].named_parameters()}
        rates = [[float(group["lr"]) for group in optimizer.param_groups] for optimizer in optimizers]
        self._first = optimizers[0]
        self._groups = [[names[id(parameter)] for parameter in group["params"]] for group in self._first.param_groups]
        self._rate = FAR * lr_ref
        self._shares = torch.tensor(rates, dtype=torch.float64) / self._rate
        self._stack = stack
        self._weights: list[nn.Parameter] = []
        self._optimizer: Any = None
        self._used: set[str] = set()

    def step(self, factor: float, found: Gradients) -> None:
        """Update all members' weights with their gradients `[K, ...]`, at their rates times a factor.

        Raises `PluginError` where other weights have gradients than at the first step.
        """
        used = {name for name, gradient in found.items() if gradient is not None}
        if self._optimizer is None:
            self._begin(used)
        elif used != self._used:
            raise PluginError("some weights have gradients in some steps only")
        for weights, of_group in zip(self._weights, self._groups, strict=True):
            weights.grad = _joined([found[name] for name in of_group])
        set_rates(self._optimizer, [self._rate] * len(self._groups), factor)
        before = [weights.detach().clone() for weights in self._weights]
        self._optimizer.step()
        with torch.no_grad():
            for group, (weights, old) in enumerate(zip(self._weights, before, strict=True)):
                share = self._shares[:, group, None].to(weights.device, weights.dtype)
                weights.copy_(torch.lerp(old, weights, share))
                for name, part in self._parts_of(group, weights):
                    self._stack.parameters[name].copy_(part)

    def keep(self, kept: Sequence[int], stack: Stack) -> None:
        """Go on with some of the members, whose weights are stacked anew."""
        index = torch.tensor(kept)
        self._stack, self._shares = stack, self._shares[index]
        for group, old in enumerate(self._weights):
            new = nn.Parameter(old.detach()[index.to(old.device)])
            state = self._optimizer.state.pop(old, {})
            self._optimizer.state[new] = {
                key: value[index.to(value.device)] if _is_like(value, old) else value for key, value in state.items()
            }
            self._optimizer.param_groups[group]["params"] = [new]
            self._weights[group] = new

    def hand_back(self, optimizers: Sequence[Any]) -> None:
        """Give each member's own optimizer its part of the state, which is counted and may be looked at."""
        for group, weights in enumerate(self._weights):
            for key, value in self._optimizer.state.get(weights, {}).items():
                stacked = dict(self._parts_of(group, value)) if _is_like(value, weights) else {}
                for member, (model, optimizer) in enumerate(zip(self._stack.models, optimizers, strict=True)):
                    for name in self._groups[group]:
                        state = optimizer.state.setdefault(model.get_parameter(name), {})
                        state[key] = stacked[name][member] if stacked else value

    def _begin(self, used: set[str]) -> None:
        """Join the weights that have gradients: an optimizer passes over the others."""
        self._used = used
        of_groups = [[name for name in of_group if name in used] for of_group in self._groups]
        kept = [group for group, names in enumerate(of_groups) if names]
        self._groups, self._shares = [of_groups[group] for group in kept], self._shares[:, kept]
        parameters = self._stack.parameters
        self._weights = [nn.Parameter(_joined([parameters[name].detach() for name in names])) for names in self._groups]
        options = [_options(self._first.param_groups[group]) for group in kept]
        self._optimizer = type(self._first)(
            [
                of_group | {"params": [weights], "lr": self._rate}
                for of_group, weights in zip(options, self._weights, strict=True)
            ]
        )

    def _parts_of(self, group: int, joined: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The parts of a group's parameters, `[K, ...]` each, of a tensor like its weights."""
        begin = 0
        for name in self._groups[group]:
            shape = self._stack.parameters[name].shape
            count = shape[1:].numel()
            yield name, joined.detach()[:, begin : begin + count].reshape(shape)
            begin += padded(count)


def can_share(optimizers: Sequence[Any]) -> bool:
    """Whether optimizers are the same but for their rates, which are plain numbers, and weights of one real type."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    first = [_options(group) for group in optimizers[0].param_groups]
    return (
        all([_options(group) for group in optimizer.param_groups] == first for optimizer in optimizers)
        and all(isinstance(group.get("lr"), float | int) for group in groups)
        and all(len({parameter.dtype for parameter in group["params"]}) == 1 for group in groups)
        and not any(parameter.is_complex() for group in groups for parameter in group["params"])
    )


def _options(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key not in ("params", "lr")}


def _joined(parts: Sequence[Tensor | None]) -> Tensor:
    """Flatten tensors `[K, ...]` to one, `[K, N]`, each beginning at a multiple of `STEP`: see `padded`."""
    flat = [part.reshape(len(part), -1) for part in parts if part is not None]
    return torch.cat([functional.pad(part, (0, padded(part.shape[1]) - part.shape[1])) for part in flat], dim=1)


def _is_like(value: Any, weights: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == weights.shape
