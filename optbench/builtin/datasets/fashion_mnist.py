"""Fashion-MNIST, which comes in files like MNIST's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from optbench import Splits
from optbench.builtin.datasets.mnist import classified

_FOLDER = "FashionMNIST/raw"
_MEAN, _STANDARD_DEVIATION = 0.2860, 0.3530
"""Of the 60,000 training images' pixels, scaled to [0, 1]."""


def build(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return 55,000/5,000/10,000 images: inputs [N, 1, 28, 28], normalised, targets [N] in 0..9."""
    return classified(files, _FOLDER, _MEAN, _STANDARD_DEVIATION, split_seed)
