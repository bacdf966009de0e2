"""Sharpness-aware minimisers around SGD with momentum: two gradients for most steps, from the loop's closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optbench
import pytorch_optimizer
import torch
from torch import Tensor, nn
from torch.optim import SGD

Closure = Callable[[], Any]


class SAM(pytorch_optimizer.SAM):
    """SAM around SGD; its loss is that of the unperturbed weights."""

    def __init__(self, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0, **own: Any) -> None:
        super().__init__(params, SGD, lr=lr, momentum=momentum, weight_decay=weight_decay, **own)
        self.defaults = {**self.base_optimizer.defaults, **self.defaults}

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Do one step; `closure` is called at the weights and at the perturbed weights."""
        with_gradients = torch.enable_grad()(closure)
        loss = with_gradients()
        super().step(with_gradients)
        return loss


class FriendlySAM(pytorch_optimizer.FriendlySAM):
    """FriendlySAM around SGD; its loss is that of the unperturbed weights."""

    def __init__(self, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0, **own: Any) -> None:
        super().__init__(params, SGD, lr=lr, momentum=momentum, weight_decay=weight_decay, **own)
        self.defaults = {**self.base_optimizer.defaults, **self.defaults}

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Do one step; `closure` is called at the weights and at the perturbed weights."""
        with_gradients = torch.enable_grad()(closure)
        loss = with_gradients()
        super().step(with_gradients)
        return loss


class LookSAM(pytorch_optimizer.LookSAM):
    """LookSAM around SGD; its loss is that of the unperturbed weights."""

    def __init__(self, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0, **own: Any) -> None:
        super().__init__(params, SGD, lr=lr, momentum=momentum, weight_decay=weight_decay, **own)
        self.defaults = {**self.base_optimizer.defaults, **self.defaults}

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Do one step; every `k`-th one calls `closure` twice, the others once."""
        losses: list[Any] = []

        @torch.enable_grad()
        def recorded() -> Any:
            losses.append(closure())
            return losses[-1]

        if self.get_step() % self.k == 0:  # type: ignore[no-untyped-call]
            recorded()
        super().step(recorded)
        return losses[0]


class GSAM(pytorch_optimizer.GSAM):
    """GSAM around SGD with a constant radius; its loss is that of the unperturbed weights.

    The weights come back from their perturbation exactly, not by a subtraction.
    """

    def perturb_weights(self, rho: float) -> None:
        """Keep the weights, and move them to where the second gradient is taken."""
        self._kept = _copies(self.param_groups)
        super().perturb_weights(rho)

    def un_perturb(self) -> None:
        """Bring the weights back."""
        super().un_perturb()  # type: ignore[no-untyped-call]
        _bring_back(self._kept, self.param_groups)

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Do one step; `closure` is called at the weights and at the perturbed weights."""
        with_gradients = torch.enable_grad()(closure)
        _, loss = super().step(lambda: (None, with_gradients()))  # type: ignore[arg-type, return-value]
        return loss


class WSAM(pytorch_optimizer.WSAM):
    """WSAM whose weights come back from their perturbation exactly, not by a subtraction."""

    def first_step(self, zero_grad: bool = False) -> None:
        """Keep the weights, and move them to where the second gradient is taken."""
        self._kept = _copies(self.param_groups)
        super().first_step(zero_grad)

    def _mix_gradients(self, group: dict[str, Any]) -> None:
        """Mix the gradients, which is the first thing after the weights have been brought back."""
        _bring_back(self._kept, [group])
        super()._mix_gradients(group)


def _copies(groups: list[dict[str, Any]]) -> dict[Tensor, Tensor]:
    return {p: p.detach().clone() for group in groups for p in group["params"]}


@torch.no_grad()
def _bring_back(kept: dict[Tensor, Tensor], groups: list[dict[str, Any]]) -> None:
    for group in groups:
        for p in group["params"]:
            p.copy_(kept[p])


class _Constant:
    """A schedule of the radius that never changes it."""

    def __init__(self, value: float) -> None:
        self._value = value

    def step(self) -> float:
        """Return the radius."""
        return self._value


def gsam(
    model: nn.Module, *, total_steps: int, lr: float, rho: float, momentum: float, weight_decay: float, **own: Any
) -> GSAM:
    """Build GSAM, which switches off the statistics of the model's normalisations in its second pass."""
    base = SGD(optbench.parameter_groups(model, weight_decay), lr=lr, momentum=momentum)
    optimizer = GSAM(base.param_groups, base, model, _Constant(rho), **own)
    optimizer.defaults = {**base.defaults, **optimizer.defaults}
    return optimizer


def wsam(model: nn.Module, *, total_steps: int, lr: float, weight_decay: float, **own: Any) -> WSAM:
    """Build WSAM, which switches off the statistics of the model's normalisations in its second pass."""
    optimizer = WSAM(model, optbench.parameter_groups(model, weight_decay), SGD, lr=lr, **own)
    optimizer.defaults = {**optimizer.base_optimizer.defaults, **optimizer.defaults}
    return optimizer
