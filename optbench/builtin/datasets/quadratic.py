"""Samples of the stochastic quadratic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from optbench import Split, Splits

_SEEDS = (42, 43, 44)


def build(files: Mapping[str, Path], *, dimension: int, examples: int, noise: float) -> Splits:
    """Draw samples [N, D] from N(0, noise² I); the loss needs no targets, which are zeros [N].

    Training, validation and test come from the seeds 42, 43 and 44, as in DeepOBS.
    """
    train, validation, test = (_draw(seed, dimension, examples, noise) for seed in _SEEDS)
    return Splits(train, validation, test, outputs=1)


def _draw(seed: int, dimension: int, examples: int, noise: float) -> Split:
    samples = np.random.RandomState(seed).normal(0.0, noise, (examples, dimension))
    return Split(torch.tensor(samples, dtype=torch.float32), torch.zeros(examples))
