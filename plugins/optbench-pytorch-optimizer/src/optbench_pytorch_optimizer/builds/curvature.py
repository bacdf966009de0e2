"""Methods that probe the Hessian's diagonal, also where a gradient does not depend on the weights."""

from __future__ import annotations

from typing import Any

import pytorch_optimizer
import torch


class AdaHessian(pytorch_optimizer.AdaHessian):
    """AdaHessian that takes the Hessian of a linear part of the loss to be zero, where the class raises."""

    @staticmethod
    def compute_hutchinson_hessian(*args: Any, **options: Any) -> None:
        """Add Hutchinson's estimate of the Hessian's diagonal to the state."""
        _add_hutchinson_estimate(*args, **options)


class SophiaH(pytorch_optimizer.SophiaH):
    """SophiaH that takes the Hessian of a linear part of the loss to be zero, where the class raises."""

    @staticmethod
    def compute_hutchinson_hessian(*args: Any, **options: Any) -> None:
        """Add Hutchinson's estimate of the Hessian's diagonal to the state."""
        _add_hutchinson_estimate(*args, **options)


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
