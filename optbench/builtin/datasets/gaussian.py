"""A linear model with Gaussian features and noise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from optbench import Split, Splits

_EXAMPLES_TO_JUDGE = 1000


def build(files: Mapping[str, Path], *, examples: int, features: int, variance: float, seed: int) -> Splits:
    """Draw y = x beta + e; x, beta ~ N(0, I), e ~ N(0, `variance`): inputs [N, `features`], targets [N, 1].

    `examples` are for training, 1,000 each for validation and test. Least squares on N training examples has the
    expected mean squared errors variance (1 - p / N) on these and variance (1 + p / (N - p - 1)) on others.
    """
    rng = np.random.default_rng(seed)
    slopes = rng.standard_normal((features, 1))
    sizes = (examples, _EXAMPLES_TO_JUDGE, _EXAMPLES_TO_JUDGE)
    train, validation, test = (_split(rng, size, slopes, variance) for size in sizes)
    return Splits(train, validation, test, outputs=1)


def _split(rng: np.random.Generator, size: int, slopes: NDArray[np.float64], variance: float) -> Split:
    inputs = rng.standard_normal((size, len(slopes)))
    targets = inputs @ slopes + np.sqrt(variance) * rng.standard_normal((size, 1))
    return Split(*(torch.tensor(array, dtype=torch.float32) for array in (inputs, targets)))
