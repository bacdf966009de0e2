"""MNIST from its four original files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from optbench import Split, Splits
from optbench.builtin.datasets.idx import read_idx
from optbench.builtin.datasets.partition import partition

_FOLDER = "MNIST/raw"
_MEAN, _STANDARD_DEVIATION = 0.1307, 0.3081
"""Of the 60,000 training images' pixels, scaled to [0, 1]."""


def build(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return 55,000/5,000/10,000 images: inputs [N, 1, 28, 28], normalised, targets [N] in 0..9."""
    images, labels = _read(files, "train")
    train, validation = partition(len(images), (55_000,), split_seed)
    return Splits(
        _split(images[train], labels[train]),
        _split(images[validation], labels[validation]),
        _split(*_read(files, "t10k")),
        outputs=10,
    )


def _read(files: Mapping[str, Path], part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images = read_idx(files[f"{_FOLDER}/{part}-images-idx3-ubyte.gz"], axes=3)
    labels = read_idx(files[f"{_FOLDER}/{part}-labels-idx1-ubyte.gz"], axes=1)
    if len(images) != len(labels):
        raise ValueError(f"{part}: {len(images)} images, but {len(labels)} labels")
    return images, labels


def _split(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Split:
    inputs = torch.tensor(images).unsqueeze(1).float().div_(255).sub_(_MEAN).div_(_STANDARD_DEVIATION)
    return Split(inputs, torch.tensor(labels, dtype=torch.int64))
