"""Measurements inside a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

ALMOST_ZERO = 1e-3


def gradient_norm(model: nn.Module, optimizer: Any) -> Callable[[int], dict[str, float]]:
    """Measure the Euclidean norm of the last step's gradient: `all` for the model, then each layer by its name.

    A layer is a module with parameters of its own. Before the first step there is no gradient and no number.
    """
    layers = {name or "model": list(module.parameters(recurse=False)) for name, module in model.named_modules()}

    def measure(step: int) -> dict[str, float]:
        norms = {name: _norm(parameters) for name, parameters in layers.items()}
        found = {name: norm for name, norm in norms.items() if norm is not None}
        return {"all": sum(norm**2 for norm in found.values()) ** 0.5} | found if found else {}

    return measure


class Layers:
    """Measure each layer by its name, in the model's order: `gradient.<layer>` and `update.<layer>`.

    A layer is a module with a weight of two or more axes. Its gradient is the root mean square of the last step's
    gradient of that weight. Its update is that of the first step after the previous evaluation point, the root mean
    square of the change over that of the weight; optimizers without torch's step hooks have none.
    """

    def __init__(self, model: nn.Module, optimizer: Any) -> None:
        self._weights = {
            name: weight
            for name, module in model.named_modules()
            if isinstance(weight := getattr(module, "weight", None), nn.Parameter)
            and weight.ndim >= 2
            and weight.numel()
        }
        self._before: dict[str, torch.Tensor] = {}
        self._updates: dict[str, float] = {}
        self._waiting = False
        if isinstance(optimizer, torch.optim.Optimizer):
            optimizer.register_step_pre_hook(self._keep)
            optimizer.register_step_post_hook(self._compare)

    def __call__(self, step: int) -> dict[str, float]:
        """Return the gradients of the last step, and the updates since the last call."""
        self._waiting = True
        gradients = {f"gradient.{name}": _rms(w.grad) for name, w in self._weights.items() if w.grad is not None}
        return gradients | self._updates

    def state_dict(self) -> dict[str, Any]:
        """Return what was measured, and whether the next update is to be: between two steps there is nothing else."""
        return {"updates": dict(self._updates), "waiting": self._waiting}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self._updates, self._waiting = dict(state["updates"]), state["waiting"]

    def _keep(self, *_: Any) -> None:
        if self._waiting:
            self._before.update({name: weight.detach().clone() for name, weight in self._weights.items()})

    def _compare(self, *_: Any) -> None:
        if self._waiting:
            self._waiting = False
            for name, weight in self._weights.items():
                before = self._before.pop(name)
                self._updates[f"update.{name}"] = _rms(weight.detach() - before) / (_rms(before) or 1.0)


def path(model: nn.Module, optimizer: Any) -> Callable[[int], dict[str, float]]:
    """Record the parameters of a model that has one or two numbers in all, as `x` and `y`; nothing of larger models.

    A complex number is two, its real and its imaginary part.
    """
    parameters = [torch.view_as_real(p) if p.is_complex() else p for p in map(torch.Tensor.detach, model.parameters())]
    small = sum(parameter.numel() for parameter in parameters) <= 2

    def measure(step: int) -> dict[str, float]:
        numbers = torch.cat([parameter.flatten() for parameter in parameters]).tolist() if small else []
        return dict(zip("xy", numbers, strict=False))

    return measure


def sparsity(model: nn.Module, optimizer: Any) -> Callable[[int], float]:
    """Measure the share of weights with two or more axes that are within 1e-3 of zero: what an L1 penalty drives up."""
    weights = [weight for weight in model.parameters() if weight.ndim >= 2]

    def measure(step: int) -> float:
        small = sum(int((weight.detach().abs() < ALMOST_ZERO).sum()) for weight in weights)
        return small / max(1, sum(weight.numel() for weight in weights))

    return measure


def _rms(tensor: torch.Tensor) -> float:
    return float(tensor.detach().abs().double().square().mean().sqrt())


def _norm(parameters: list[nn.Parameter]) -> float | None:
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else None
