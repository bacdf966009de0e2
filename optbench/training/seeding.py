"""Random streams that do not depend on the optimizer: the same initial weights and batches for all of them.

A task and a run seed give four independent streams through `numpy.random.SeedSequence`: initial weights, data order,
the forward pass (dropout, augmentation), and the optimizer's own noise. The last two share torch's generators, which
are therefore set anew before each forward pass and before each update: whatever one consumes, the other is unmoved.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from optbench.training.backends import backend_of

ROOT = 2026
_APART = 1 << 33
"""Between the forward streams of a run's processes: more than there are steps and seeds."""


@dataclass(frozen=True)
class Seeds:
    """One seed per stream, each a 32-bit integer."""

    init: int
    data: int
    forward: int
    optimizer: int


def seeds_for(task: str, seed: int) -> Seeds:
    """Derive the seeds of a run's streams from its task's name and its own seed."""
    task_id = int.from_bytes(hashlib.sha256(task.encode()).digest()[:4])
    state = np.random.SeedSequence(entropy=ROOT, spawn_key=(task_id, seed)).generate_state(4)
    return Seeds(*map(int, state))


def seed_everything(seed: int) -> None:
    """Seed the global generators of random, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (third-party optimizers may draw from it)
    torch.manual_seed(seed)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put the global generators of random, numpy and torch back afterwards."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


class Streams:
    """Sets torch's generators to a function of (stream, step): about a microsecond each."""

    def __init__(self, seeds: Seeds, device: torch.device, process: int = 0) -> None:
        self._seeds = seeds
        self._forward = seeds.forward + process * _APART
        self._generators = [torch.default_generator, *backend_of(device).generators(device)]

    def forward(self, step: int) -> None:
        """Make the next forward pass draw from its own stream, another one in each process of a run."""
        self._set(self._forward + step)

    def optimizer(self, step: int) -> None:
        """Make the next update draw from its own stream."""
        self._set(self._seeds.optimizer + step)

    def _set(self, seed: int) -> None:
        for generator in self._generators:
            generator.manual_seed(seed)
