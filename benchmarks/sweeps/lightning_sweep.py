"""The sweep with Lightning's trainer, one run after the other, with as little around it as it can be told to have."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import IterableDataset

from benchmarks.plain import evaluated
from benchmarks.runs import built, spec_of
from benchmarks.sweeps import OPTIMIZERS, RATES, SEEDS, STEPS
from optbench.training.training import Training


class Batches(IterableDataset[Any]):
    """Batches of a run, in its order."""

    def __init__(self, run: Training) -> None:
        self._run = run

    def __iter__(self) -> Any:
        return iter(self._run.batches(0))


class Module(lightning.LightningModule):  # type: ignore[misc]  # not installed where types are checked
    """A run of ours as Lightning has it."""

    def __init__(self, run: Training) -> None:
        super().__init__()
        self._run = run
        self.model: nn.Module = run.model  # Lightning finds parameters here

    def training_step(self, batch: Any, number: int) -> Tensor:
        inputs, targets = batch
        loss: Tensor = self._run.loss(self._run.predict(inputs), targets)
        return loss

    def configure_optimizers(self) -> Any:
        schedule = torch.optim.lr_scheduler.LambdaLR(self._run.optimizer, self._run.factor)
        return {"optimizer": self._run.optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def main(task: str) -> None:
    """Train every optimizer at every rate with every seed, and the first rate once more with another seed."""
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    for optimizer in OPTIMIZERS:
        for rate, seed in [*((rate, seed) for rate in RATES for seed in SEEDS), (RATES[0], 1000)]:
            run = built(spec_of(task, optimizer, rate, seed, steps=STEPS))
            evaluated(run)
            lightning.Trainer(
                max_steps=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False,
            ).fit(Module(run), Batches(run))  # fmt: skip
            print(optimizer, rate, seed, evaluated(run))


if __name__ == "__main__":
    main(*sys.argv[1:])
