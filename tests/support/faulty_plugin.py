"""A plugin whose optimizers break in every way that we promise to survive."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

import optbench


class _Sgd(torch.optim.SGD):
    """Plain SGD that misbehaves at its fourth step, if its learning rate is at least `from_rate`."""

    from_rate = 0.0

    def __init__(self, params: Any, lr: Any) -> None:
        super().__init__(params, lr=lr)
        self.steps = 0
        self.rate = lr

    def step(self, closure: Any = None) -> Any:
        self.steps += 1
        if self.steps == 4 and self.rate >= self.from_rate:
            self.misbehave()
        return super().step(closure)

    def misbehave(self) -> None:
        raise NotImplementedError


class Raises(_Sgd):
    def misbehave(self) -> None:
        raise ValueError("the fourth step is beyond me")


class Exits(_Sgd):
    def misbehave(self) -> None:
        sys.exit(7)


class Nan(_Sgd):
    def misbehave(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data.fill_(float("nan"))


class Segfaults(_Sgd):
    def misbehave(self) -> None:
        ctypes.string_at(0)


class HardExits(_Sgd):
    def misbehave(self) -> None:
        os._exit(3)


class Hangs(_Sgd):
    def misbehave(self) -> None:
        time.sleep(600)


class HoldsTheGil(_Sgd):
    def misbehave(self) -> None:
        re.match(r"(a+)+$", "a" * 60 + "b")


class OutOfMemory(_Sgd):
    def misbehave(self) -> None:
        raise MemoryError("no more")


class Pollutes(_Sgd):
    """Changes global state and leaves it so."""

    def misbehave(self) -> None:
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        torch.manual_seed(0)
        torch.set_grad_enabled(True)


def not_an_optimizer(model: torch.nn.Module, *, total_steps: int, lr: float) -> str:
    return "surprise"


HIGH_RATE = 0.05
FAULTS: dict[str, str | Callable[..., Any]] = {
    "raises": Raises,
    "exits": Exits,
    "nan": Nan,
    "segfaults": Segfaults,
    "hard-exits": HardExits,
    "hangs": Hangs,
    "holds-the-gil": HoldsTheGil,
    "out-of-memory": OutOfMemory,
    "pollutes": Pollutes,
    "not-an-optimizer": not_an_optimizer,
    "fails-at-import": "module_that_fails_at_import:Anything",
}


@optbench.hookimpl
def optbench_optimizers() -> Iterator[optbench.Optimizer]:
    for name, build in FAULTS.items():
        yield optbench.Optimizer(name=name, build=build, lr_ref=0.01)
        if isinstance(build, type):
            at_high_rates = type(build.__name__, (build,), {"from_rate": HIGH_RATE})
            yield optbench.Optimizer(name=f"{name}-at-high-rates", build=at_high_rates, lr_ref=0.01)
