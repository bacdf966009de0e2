"""A plugin whose optimizers break in every way that we promise to survive."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
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


class CannotAllocate(_Sgd):
    def misbehave(self) -> None:
        torch.empty(2**60)


class EatsMemory(_Sgd):
    """Takes more and more, as fast as it can, until somebody stops it or there are 4 GiB."""

    def misbehave(self) -> None:
        self.eaten = [bytearray(b"x") * 2**24 for _ in range(256)]
        time.sleep(600)


class EatsMemoryElsewhere(_Sgd):
    """The same in a process that it starts."""

    def misbehave(self) -> None:
        code = "eaten = [bytearray(b'x') * 2**24 for _ in range(256)]; import time; time.sleep(600)"
        subprocess.run([sys.executable, "-c", code])


class IsKilled(_Sgd):
    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class TerminatesItsGroup(_Sgd):
    def misbehave(self) -> None:
        os.killpg(0, signal.SIGTERM)


class Shouts(_Sgd):
    """Prints 100 MB."""

    def misbehave(self) -> None:
        for _ in range(100):
            print("x" * 1_000_000)
        raise ValueError("hoarse")


class StartsThreads(_Sgd):
    """Many, with a child process, all of which stay."""

    def misbehave(self) -> None:
        for _ in range(300):
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        raise ValueError("the fourth step is beyond me")


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
    "cannot-allocate": CannotAllocate,
    "eats-memory": EatsMemory,
    "eats-memory-elsewhere": EatsMemoryElsewhere,
    "is-killed": IsKilled,
    "terminates-its-group": TerminatesItsGroup,
    "shouts": Shouts,
    "starts-threads": StartsThreads,
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
