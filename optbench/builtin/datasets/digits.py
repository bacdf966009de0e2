"""scikit-learn's 8x8 digits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from optbench import Split, Splits
from optbench.builtin.datasets.partition import partition


def build(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return 1,079/359/359 images: inputs [N, 1, 8, 8] with mean 0 and variance 1 over the training split."""
    pixels, classes = load_digits(return_X_y=True)
    parts = partition(len(pixels), (1079, 359), split_seed)
    scaled = (pixels - pixels[parts[0]].mean()) / pixels[parts[0]].std()
    images = scaled.astype(np.float32).reshape(-1, 1, 8, 8)
    labels = classes.astype(np.int64)
    train, validation, test = (Split(torch.tensor(images[part]), torch.tensor(labels[part])) for part in parts)
    return Splits(train, validation, test, outputs=10)
