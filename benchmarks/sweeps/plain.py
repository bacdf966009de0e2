"""What a user would write without a harness: a sweep of one task, one run after the other."""

from __future__ import annotations

import sys

import torch

from benchmarks.plain import trained
from benchmarks.runs import built, spec_of
from benchmarks.sweeps import OPTIMIZERS, RATES, SEEDS, STEPS


def main(task: str) -> None:
    """Train every optimizer at every rate with every seed, and the best once more with another seed."""
    torch.set_num_threads(1)
    for optimizer in OPTIMIZERS:
        means = {rate: sum(_loss(task, optimizer, rate, seed) for seed in SEEDS) / len(SEEDS) for rate in RATES}
        best = min(means, key=lambda rate: means[rate])
        print(optimizer, best, _loss(task, optimizer, best, 1000))


def _loss(task: str, optimizer: str, rate: float, seed: int) -> float:
    return trained(built(spec_of(task, optimizer, rate, seed, steps=STEPS)))


if __name__ == "__main__":
    main(*sys.argv[1:])
