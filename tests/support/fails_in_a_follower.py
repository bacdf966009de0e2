"""An optimizer that fails in every process of a run but the first."""

from __future__ import annotations

import optbench


@optbench.hookimpl
def optbench_optimizers():
    yield optbench.Optimizer(name="fails-in-a-follower", build=build, lr_ref=0.1)


def build(model, *, total_steps, lr):
    import torch

    class Fails(torch.optim.SGD):
        def step(self, closure=None):
            if torch.distributed.is_initialized() and torch.distributed.get_rank() > 0:
                raise ValueError("not here")
            return super().step(closure)

    return Fails(model.parameters(), lr=lr)
