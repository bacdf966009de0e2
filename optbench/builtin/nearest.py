"""Nearest neighbours: what a classifier is worth that is not trained."""

from __future__ import annotations

import torch

from optbench import Split

_ROWS = 500
"""Examples whose distances to all others are held at a time."""


def nearest_neighbour_accuracy(train: Split, test: Split) -> float:
    """Return the share of the test examples whose class is that of the training example at the least L2 distance.

    Inputs [N, ...] are flattened; of training examples at the same distance the first one counts.

    Source: Cover and Hart, Nearest neighbor pattern classification, 1967. LeCun et al. 1998 report an error of 5.0 %
    for nearest neighbours on the pixels of MNIST.
    """
    examples = train.inputs.flatten(1)
    right = 0
    for start in range(0, len(test), _ROWS):
        inputs, classes = test.inputs[start : start + _ROWS], test.targets[start : start + _ROWS]
        nearest = torch.cdist(inputs.flatten(1), examples).argmin(1)
        right += int((train.targets[nearest] == classes).sum())
    return right / len(test)
