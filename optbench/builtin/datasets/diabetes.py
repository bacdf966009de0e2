"""scikit-learn's diabetes data, standardised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes

from optbench import Split, Splits
from optbench.builtin.datasets.partition import partition


def build(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return 265/88/89 patients: inputs [N, 10], targets [N, 1].

    Both have mean 0 and variance 1 over the training split.
    """
    features, progression = load_diabetes(return_X_y=True, scaled=False)
    parts = partition(len(features), (265, 88), split_seed)
    inputs = _standardised(features, parts[0])
    targets = _standardised(progression[:, None], parts[0])
    train, validation, test = (Split(torch.tensor(inputs[part]), torch.tensor(targets[part])) for part in parts)
    return Splits(train, validation, test, outputs=1)


def _standardised(values: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float32]:
    scaled: NDArray[np.float64] = (values - values[train].mean(0)) / values[train].std(0)
    return scaled.astype(np.float32)
