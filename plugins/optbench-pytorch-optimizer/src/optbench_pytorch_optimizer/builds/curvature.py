"""Methods that probe the Hessian's diagonal.

They differentiate gradients, which the fused kernels of attention do not allow: the model's forward pass is made to
take the plain one. Where a gradient does not depend on the weights its Hessian is zero; the classes raise there.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import optbench
import pytorch_optimizer
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel


class AdaHessian(pytorch_optimizer.AdaHessian):
    """AdaHessian that takes the Hessian of a linear part of the loss to be zero."""

    @staticmethod
    def compute_hutchinson_hessian(*args: Any, **options: Any) -> None:
        """Add Hutchinson's estimate of the Hessian's diagonal to the state."""
        _add_hutchinson_estimate(*args, **options)


class SophiaH(pytorch_optimizer.SophiaH):
    """SophiaH that takes the Hessian of a linear part of the loss to be zero."""

    @staticmethod
    def compute_hutchinson_hessian(*args: Any, **options: Any) -> None:
        """Add Hutchinson's estimate of the Hessian's diagonal to the state."""
        _add_hutchinson_estimate(*args, **options)


class PlainAttention:
    """Hooks around a model's forward pass, in which attention is computed so that it can be differentiated twice."""

    def __init__(self) -> None:
        self._entered: list[AbstractContextManager[None]] = []

    def enter(self, module: nn.Module, inputs: Any) -> None:
        """Before the forward pass."""
        self._entered.append(sdpa_kernel(SDPBackend.MATH))
        self._entered[-1].__enter__()

    def leave(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """After it, whether or not it has failed."""
        self._entered.pop().__exit__(None, None, None)


def adahessian(model: nn.Module, *, total_steps: int, weight_decay: float, **options: Any) -> AdaHessian:
    """Build AdaHessian, and have the model's attention be differentiable twice."""
    _make_twice_differentiable(model)
    return AdaHessian(optbench.parameter_groups(model, weight_decay), **options)


def sophiah(model: nn.Module, *, total_steps: int, weight_decay: float, **options: Any) -> SophiaH:
    """Build SophiaH, and have the model's attention be differentiable twice."""
    _make_twice_differentiable(model)
    return SophiaH(optbench.parameter_groups(model, weight_decay), **options)


def _make_twice_differentiable(model: nn.Module) -> None:
    hooks = PlainAttention()
    model.register_forward_pre_hook(hooks.enter)
    model.register_forward_hook(hooks.leave, always_call=True)


def _add_hutchinson_estimate(
    param_groups: list[dict[str, Any]],
    state: dict[torch.Tensor, dict[str, torch.Tensor]],
    num_samples: int = 1,
    distribution: str = "gaussian",
) -> None:
    """Add the mean of `z * (H z)` over `num_samples` vectors z to `state[p]["hessian"]`."""
    params = [p for group in param_groups for p in group["params"] if p.grad is not None]
    for sample in range(num_samples):
        noise = {p: _noise(p, distribution) for p in params}
        curved = [p for p in params if p.grad.requires_grad]
        if not curved:
            return
        products = torch.autograd.grad(
            [p.grad for p in curved],
            params,
            grad_outputs=[noise[p] for p in curved],
            retain_graph=sample + 1 < num_samples,
            materialize_grads=True,
        )
        for p, product in zip(params, products, strict=True):
            state[p]["hessian"].addcmul_(product, noise[p], value=1 / num_samples)


def _noise(p: torch.Tensor, distribution: str) -> torch.Tensor:
    return torch.randn_like(p) if distribution == "gaussian" else torch.randint_like(p, 0, 2) * 2 - 1
