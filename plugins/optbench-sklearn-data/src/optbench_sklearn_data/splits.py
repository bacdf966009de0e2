"""From arrays to `Splits`: a fixed split into 60, 20 and 20 per cent, standardised by its training part."""

from __future__ import annotations

from typing import Any

import numpy as np
import optbench
import torch
from numpy.typing import NDArray

ENDS = (0.6, 0.8)
"""Where the training and the validation part end."""

Arrays = tuple[NDArray[np.float64], NDArray[Any]]
"""Features [N, F] and classes or targets, as scikit-learn returns them."""

Parts = list[NDArray[np.int64]]
"""Disjoint indices of the training, validation and test examples."""


def classification(arrays: Arrays, split_seed: int) -> optbench.Splits:
    """Return standardised inputs [N, F] and classes [N], each class divided 60/20/20 to within one example."""
    features, classes = arrays
    parts = stratified(classes, split_seed)
    return _splits(standardised(features, parts[0]), classes.astype(np.int64), parts, len(np.unique(classes)))


def regression(arrays: Arrays, split_seed: int) -> optbench.Splits:
    """Return inputs [N, F] and targets [N, K], both standardised, divided 60/20/20; targets [N] are one column."""
    features, targets = arrays
    parts = cut(np.random.RandomState(split_seed).permutation(len(features)))
    columns = targets.reshape(len(targets), -1)
    return _splits(standardised(features, parts[0]), standardised(columns, parts[0]), parts, columns.shape[1])


def stratified(classes: NDArray[np.int64], seed: int) -> Parts:
    """Return indices that divide each class in the same shares, in random order.

    The same numbers give the same split on every platform (`RandomState` is frozen by numpy).
    """
    rng = np.random.RandomState(seed)
    by_class = [cut(rng.permutation(np.flatnonzero(classes == label))) for label in np.unique(classes)]
    return [rng.permutation(np.concatenate(part)) for part in zip(*by_class, strict=True)]


def cut(order: NDArray[np.int64]) -> Parts:
    """Cut indices into the three parts, as near to their shares as whole examples are."""
    return np.split(order, [round(end * len(order)) for end in ENDS])


def standardised(values: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float32]:
    """Scale columns [N, F] to mean 0 and variance 1 over the training examples."""
    scaled: NDArray[np.float64] = (values - values[train].mean(0)) / values[train].std(0)
    return scaled.astype(np.float32)


def _splits(inputs: NDArray[np.float32], targets: NDArray[np.generic], parts: Parts, outputs: int) -> optbench.Splits:
    train, validation, test = (
        optbench.Split(torch.tensor(inputs[part]), torch.tensor(targets[part])) for part in parts
    )
    return optbench.Splits(train, validation, test, outputs)
