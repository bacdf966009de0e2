"""A plugin whose optimizers take known times: all of them sleep."""

import time
from collections.abc import Iterator
from typing import Any

import torch

import optbench

NAP = 0.005
SIESTA = 0.1
PERIOD = 20


class Naps(torch.optim.SGD):
    """Sleeps in each step."""

    def step(self, closure: Any = None) -> Any:
        time.sleep(NAP)
        return super().step(closure)


class SleepsIn(torch.optim.SGD):
    """Sleeps in the first of `every` steps."""

    def __init__(self, params: Any, lr: float, every: int) -> None:
        super().__init__(params, lr=lr)
        self.every, self.steps = every, 0

    def step(self, closure: Any = None) -> Any:
        if self.steps % self.every == 0:
            time.sleep(SIESTA)
        self.steps += 1
        return super().step(closure)


class GivesUp(torch.optim.SGD):
    """Raises in its thirtieth step, which is none of the warm-up."""

    steps = 0

    def step(self, closure: Any = None) -> Any:
        self.steps += 1
        if self.steps == 30:
            raise RuntimeError("thirty steps are enough")
        return super().step(closure)


@optbench.hookimpl
def optbench_optimizers() -> Iterator[optbench.Optimizer]:
    yield optbench.Optimizer(name="naps", build=Naps, lr_ref=0.1)
    yield optbench.Optimizer(name="sleeps-in", build=SleepsIn, lr_ref=0.1, defaults={"every": PERIOD}, period="every")
    yield optbench.Optimizer(name="gives-up", build=GivesUp, lr_ref=0.1)
