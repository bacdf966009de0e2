"""Cross-validation: a task's data split anew, by scikit-learn's splitters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

from optbench.components.dataset import Inputs, Split, Splits
from optbench.errors import UsageError
from optbench.runs.spec import Fold
from optbench.suite.protocols.kfold import INNER_SHARE

SPLIT_SEED = 0
"""Folds are the same for every seed and optimizer."""


def refolded(splits: Splits, fold: Fold) -> Splits:
    """Return a fold of all the data: its test part, and its training part less a fifth, held out for tuning.

    `k-fold` cuts the data in its order, `stratified` keeps each class's share in every part, `shuffled` draws each
    fold's test part anew, 1 / k of the data, so that test parts overlap.
    Raises `UsageError` where there are fewer examples, or fewer of a class, than folds, or no classes to stratify.
    """
    parts = (splits.train, splits.validation, splits.test)
    everything = Split(_joined([part.inputs for part in parts]), torch.cat([part.targets for part in parts]))
    outside, tested = _outer(everything, fold)
    inside, held_out = _inner(everything, outside, fold)
    train, validation, test = (_chosen(everything, part) for part in (inside, held_out, tested))
    return Splits(train, validation, test, outputs=splits.outputs)


def _outer(data: Split, fold: Fold) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if fold.of > len(data):
        raise UsageError(f"protocol.folds = {fold.of}: must not exceed the {len(data)} examples; use fewer")
    if fold.splitter == "stratified":
        fewest = int(np.bincount(_classes(data)).min())
        if fold.of > fewest:
            raise UsageError(
                f"protocol.folds = {fold.of}: must not exceed the examples of the rarest class, {fewest}; use fewer"
            )
        splitter = StratifiedKFold(fold.of, shuffle=True, random_state=SPLIT_SEED)
    elif fold.splitter == "k-fold":
        splitter = KFold(fold.of)
    else:
        splitter = ShuffleSplit(fold.of, test_size=1 / fold.of, random_state=SPLIT_SEED)
    targets = _classes(data) if fold.splitter == "stratified" else None
    outside, test = list(splitter.split(np.empty(len(data)), targets))[fold.index]
    return outside, test


def _inner(data: Split, outside: NDArray[np.int64], fold: Fold) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    stratified = fold.splitter == "stratified"
    splitter = (StratifiedShuffleSplit if stratified else ShuffleSplit)(
        1, test_size=INNER_SHARE, random_state=SPLIT_SEED
    )
    try:
        ((inside, held_out),) = splitter.split(np.empty(len(outside)), _classes(data)[outside] if stratified else None)
    except ValueError as error:
        raise UsageError(
            f"protocol.splitter = {fold.splitter!r}: too few examples to hold some out: {error}"
        ) from error
    return outside[inside], outside[held_out]


def _classes(data: Split) -> NDArray[np.int64]:
    if data.targets.ndim != 1 or data.targets.is_floating_point():
        raise UsageError(
            "protocol.splitter = 'stratified': needs one class for each example; use 'k-fold' or 'shuffled'"
        )
    return data.targets.cpu().numpy()


def _chosen(data: Split, index: NDArray[np.int64]) -> Split:
    return data.take(torch.from_numpy(index).to(data.targets.device))


def _joined(parts: Sequence[Inputs]) -> Inputs:
    if isinstance(parts[0], tuple):
        return tuple(map(torch.cat, zip(*parts, strict=True)))
    return torch.cat(list(parts))
