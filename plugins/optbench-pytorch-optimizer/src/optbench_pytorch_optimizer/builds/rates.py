"""Optimizers whose step size is not their lr, or not only: arranged so that tuning, schedules and groups reach it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_optimizer
import torch


class AliG(pytorch_optimizer.AliG):
    """AliG whose `max_lr`, the largest step size that it may compute from the loss, is the group's `lr`."""

    def __init__(self, params: Any, lr: float, **options: Any) -> None:
        super().__init__(params, max_lr=lr, **options)
        _give_lr(self, lr)

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Do one step with the loss and gradients of `closure`."""
        for group in self.param_groups:
            group["max_lr"] = group["lr"]
        return super().step(torch.enable_grad()(closure))


class A2Grad(pytorch_optimizer.A2Grad):
    """A2Grad whose `lips` and `beta` are both 1 / lr: a step is then `lr / (2 / (k + 1) + h)` times the gradient.

    The class ignores its own `lr`; at lr = 0.1 this is the class with its defaults, `lips = beta = 10`.
    """

    def __init__(self, params: Any, lr: float, **options: Any) -> None:
        super().__init__(params, **options)
        _give_lr(self, lr)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do one step."""
        for group in self.param_groups:
            group["lips"] = group["beta"] = 1.0 / max(group["lr"], 1e-30)
        return super().step(closure)


class MARS(pytorch_optimizer.MARS):
    """MARS whose `lr_1d`, the rate of vectors, is `lr`, as it is by default, whatever `lr` is."""

    def __init__(self, params: Any, lr: float, **options: Any) -> None:
        super().__init__(params, lr=lr, lr_1d=lr, **options)


class ASGD(pytorch_optimizer.ASGD):
    """ASGD that keeps the rate which it finds apart from the group's `lr`, where the class writes one over the other.

    The rate that it was built with is where its search begins. An `lr` that is set later scales the steps by its ratio
    to that rate, and leaves the search alone.
    """

    def __init__(self, params: Any, lr: float, **options: Any) -> None:
        super().__init__(params, lr=lr, **options)
        self._first = lr

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do one step."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        asked = [group["lr"] for group in self.param_groups]
        before = [[p.clone() for p in group["params"]] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = group.get("found", self._first)
        super().step()
        for group, lr, weights in zip(self.param_groups, asked, before, strict=True):
            group["found"], group["lr"] = group["lr"], lr
            for p, old in zip(group["params"], weights, strict=True):
                p.copy_(torch.lerp(old, p, lr / self._first))
        return loss


def _give_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    optimizer.defaults["lr"] = lr
    for group in optimizer.param_groups:
        group.setdefault("lr", lr)
