"""An optimizer at a rate with a seed, as benchopt has it: a solver with parameters."""

from typing import Any, ClassVar

import torch
from benchopt import BaseSolver

from benchmarks.plain import trained
from benchmarks.runs import built, spec_of
from benchmarks.sweeps import OPTIMIZERS, RATES, SEEDS, STEPS


class Solver(BaseSolver):  # type: ignore[misc]  # not installed where types are checked
    """Trains one run."""

    name = "optimizer"
    sampling_strategy = "run_once"
    parameters: ClassVar[dict[str, list[Any]]] = {
        "optimizer": list(OPTIMIZERS),
        "rate": list(RATES),
        "seed": list(SEEDS),
    }

    def set_objective(self, task: str) -> None:
        self.spec = spec_of(task, self.optimizer, self.rate, self.seed, steps=STEPS)

    def run(self, _: Any) -> None:
        torch.set_num_threads(1)
        self.loss: float = trained(built(self.spec))

    def get_result(self) -> dict[str, Any]:
        return {"loss": self.loss}
