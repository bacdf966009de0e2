"""Adam as a library may have it, with changes to it: six that are regressions, six that are none."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from tests.support.mutants import SGD, AdamW

NAP = 0.003


class Adam(AdamW):
    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, lr, weight_decay=0.0)


class SmallerRate(Adam):
    """Steps at 0.3 times the rate."""

    def rate(self, group: dict[str, Any]) -> float:
        return 0.3 * super().rate(group)


class Momentum(SGD):
    """Gradient descent with momentum 0.9."""


class NoMomentum(Momentum):
    """The momentum is lost."""

    def __init__(self, params: Any, lr: float = 0.03) -> None:
        super().__init__(params, lr, momentum=0.0)


class NoBiasCorrection(Adam):
    """The moments are not corrected for their start at zero."""

    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        return state["m"], state["v"]


class Slow(Adam):
    """Each step takes three milliseconds more."""

    def step(self, closure: Any = None) -> Any:
        time.sleep(NAP)
        return super().step(closure)


class TwiceTheState(Adam):
    """Twice the state: a copy of each moment."""

    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = super().state_of(p)
        if "copy" not in state:
            state.update(copy=torch.zeros_like(p), other=torch.zeros_like(p))
        return state


class Diverges(Adam):
    """Steps at a thousand times the rate: the old rate diverges."""

    def rate(self, group: dict[str, Any]) -> float:
        return 1000 * super().rate(group)


class Foreach(Adam):
    """The loop over parameters is made by `torch._foreach_…`."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            weights = [p for p in group["params"] if p.grad is not None]
            gradients = [p.grad for p in weights]
            states = [self.state_of(p) for p in weights]
            means, squares = [s["m"] for s in states], [s["v"] for s in states]
            beta1, beta2 = group["betas"]
            torch._foreach_lerp_(means, gradients, 1 - beta1)
            torch._foreach_mul_(squares, beta2)
            torch._foreach_addcmul_(squares, gradients, gradients, 1 - beta2)
            for state in states:
                state["step"] += 1
            done = states[0]["step"]
            roots = torch._foreach_sqrt(torch._foreach_div(squares, 1 - beta2**done))
            torch._foreach_add_(roots, group["eps"])
            torch._foreach_addcdiv_(weights, torch._foreach_div(means, 1 - beta1**done), roots, -group["lr"])


class RenamedState(Adam):
    """The state has other names."""

    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            state.update(count=0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
        return state

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        view = {"step": state["count"], "m": state["exp_avg"], "v": state["exp_avg_sq"]}
        super().update(p, g, view, group)
        state["count"] = view["step"]


class ReorderedSums(Adam):
    """The sums of both moments in another order, which rounds differently."""

    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        state["m"].copy_((1 - beta1) * g + beta1 * state["m"])
        state["v"].copy_((1 - beta2) * g * g + beta2 * state["v"])


class OutOfPlace(Adam):
    """New tensors for the moments at each step, instead of changes in place."""

    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        state["m"] = state["m"].lerp(g, 1 - beta1)
        state["v"] = state["v"] * beta2 + (1 - beta2) * g**2


class Commented(Adam):
    """Only a comment is new."""


class FusedArithmetic(Adam):
    """Bias correction as one factor, as in section 2 of the paper."""

    def direction(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        beta1, beta2 = group["betas"]
        scale = (1 - beta2 ** state["step"]) ** 0.5
        return state["m"] * (scale / (1 - beta1 ** state["step"])) / (state["v"].sqrt() + group["eps"] * scale)


BELOW, ABOVE = 3e-3, 0.1
"""Learning rates on either side of Adam's best one on the digits: any other effective rate is worse at one of them."""


class Planted(NamedTuple):
    """A regression: the class, what it was before, the rate at which it shows, and what of it is worse."""

    variant: type[Optimizer]
    before: type[Optimizer]
    rate: float
    measure: str


REGRESSIONS = (
    Planted(SmallerRate, Adam, BELOW, "quality"),
    Planted(NoMomentum, Momentum, BELOW, "quality"),
    Planted(NoBiasCorrection, Adam, ABOVE, "quality"),
    Planted(Slow, Adam, BELOW, "step time"),
    Planted(TwiceTheState, Adam, BELOW, "state memory"),
    Planted(Diverges, Adam, BELOW, "failed runs"),
)
HARMLESS = (Foreach, RenamedState, ReorderedSums, OutOfPlace, Commented, FusedArithmetic)
