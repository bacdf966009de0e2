"""Points near a straight line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from optbench import Split, Splits


def build(
    files: Mapping[str, Path], *, slope: float, intercept: float, noise: float, examples: int, seed: int
) -> Splits:
    """Draw x [N, 1] from N(0, 1) and y = intercept + slope x + noise N(0, 1), [N, 1], independently for each split."""
    rng = np.random.RandomState(seed)
    train, validation, test = (_draw(rng, slope, intercept, noise, examples) for _ in range(3))
    return Splits(train, validation, test, outputs=1)


def _draw(rng: np.random.RandomState, slope: float, intercept: float, noise: float, examples: int) -> Split:
    inputs = rng.standard_normal((examples, 1)).astype(np.float32)
    targets = intercept + slope * inputs.astype(np.float64) + noise * rng.standard_normal((examples, 1))
    return Split(torch.from_numpy(inputs), torch.tensor(targets, dtype=torch.float32))
