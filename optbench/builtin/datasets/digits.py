"""scikit-learn's 8x8 digits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from optbench import Split, Splits, UsageError
from optbench.builtin.datasets.partition import partition

_TRAIN = 1079


def build(files: Mapping[str, Path], *, split_seed: int, examples: int) -> Splits:
    """Return 1,079/359/359 images: inputs [N, 1, 8, 8] with mean 0 and variance 1 over the training split.

    Of the training images only the first `examples` are kept; raises `UsageError` for more than there are.
    """
    if not 0 < examples <= _TRAIN:
        raise UsageError(f"digits: examples={examples!r} must be a number from 1 to {_TRAIN}")
    pixels, classes = load_digits(return_X_y=True)
    parts = partition(len(pixels), (_TRAIN, 359), split_seed)
    scaled = (pixels - pixels[parts[0]].mean()) / pixels[parts[0]].std()
    images = scaled.astype(np.float32).reshape(-1, 1, 8, 8)
    labels = classes.astype(np.int64)
    kept = (parts[0][:examples], *parts[1:])
    train, validation, test = (Split(torch.tensor(images[part]), torch.tensor(labels[part])) for part in kept)
    return Splits(train, validation, test, outputs=10)
