"""What a user would write without a harness: a sweep of one task, one run after the other."""

from __future__ import annotations

import sys

import torch
from torch import nn

from benchmarks.runs import built, spec_of
from optbench.training.training import Training

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
RATES = tuple(10 ** (i / 2 - 1) for i in range(5))
SEEDS = range(5)
STEPS = 1000


def main(task: str) -> None:
    """Train every optimizer at every rate with every seed, and the best once more with another seed."""
    torch.set_num_threads(1)
    for optimizer in OPTIMIZERS:
        means = {rate: sum(_loss(task, optimizer, rate, seed) for seed in SEEDS) / len(SEEDS) for rate in RATES}
        best = min(means, key=lambda rate: means[rate])
        print(optimizer, best, _loss(task, optimizer, best, 1000))


def _loss(task: str, optimizer: str, rate: float, seed: int) -> float:
    run = built(spec_of(task, optimizer, rate, seed, steps=STEPS))
    peaks = [group["lr"] for group in run.optimizer.param_groups]
    batches = run.batches(0)
    _evaluated(run)
    for step in range(STEPS):
        inputs, targets = next(batches)
        for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * run.factor(step)
        run.optimizer.zero_grad()
        loss = run.loss(run.predict(inputs), targets)
        if not torch.isfinite(loss):
            return float("inf")
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
    return _evaluated(run)


@torch.no_grad()
def _evaluated(run: Training) -> float:
    model: nn.Module = run.model
    model.eval()
    loss = float(run.loss(run.predict(run.splits.validation.inputs), run.splits.validation.targets))
    model.train()
    return loss


if __name__ == "__main__":
    main(*sys.argv[1:])
