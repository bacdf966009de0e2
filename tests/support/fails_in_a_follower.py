"""An optimizer that fails in every process of a run but the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import optbench

if TYPE_CHECKING:
    import torch


@optbench.hookimpl
def optbench_optimizers() -> Iterator[optbench.Optimizer]:
    yield optbench.Optimizer(name="fails-in-a-follower", build=build, lr_ref=0.1)


def build(model: torch.nn.Module, *, total_steps: int, lr: float) -> torch.optim.Optimizer:
    import torch

    class Fails(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            if torch.distributed.is_initialized() and torch.distributed.get_rank() > 0:
                raise ValueError("not here")
            return super().step(closure)

    return Fails(model.parameters(), lr=lr)
