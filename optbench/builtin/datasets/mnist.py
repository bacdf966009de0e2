"""MNIST from its four original files, and whatever else comes in such files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optbench import Split, Splits
from optbench.builtin.datasets.idx import read_idx
from optbench.builtin.datasets.partition import partition
from optbench.builtin.options import check_name

_FOLDER = "MNIST/raw"
_MEAN, _STANDARD_DEVIATION = 0.1307, 0.3081
"""Of the 60,000 training images' pixels, scaled to [0, 1]."""
TARGETS = ("class", "image")


def build(files: Mapping[str, Path], *, split_seed: int, targets: str) -> Splits:
    """Return 55,000/5,000/10,000 images: inputs [N, 1, 28, 28], normalised, targets [N] in 0..9.

    With `targets="image"`, for autoencoders, inputs are pixels in [0, 1], and targets the same pixels.
    Raises `UsageError` for other `targets`.
    """
    check_name("mnist", "targets", targets, TARGETS)
    if targets == "class":
        return classified(files, _FOLDER, _MEAN, _STANDARD_DEVIATION, split_seed)
    train, validation, test = (Split(pixels, pixels) for pixels, _ in _parts(files, _FOLDER, split_seed))
    return Splits(train, validation, test, outputs=28 * 28)


def classified(
    files: Mapping[str, Path], folder: str, mean: float, standard_deviation: float, split_seed: int
) -> Splits:
    """Return the images in `folder` as `build` does, normalised by this mean and deviation."""
    train, validation, test = (
        Split(pixels.sub_(mean).div_(standard_deviation), classes)
        for pixels, classes in _parts(files, folder, split_seed)
    )
    return Splits(train, validation, test, outputs=10)


def _parts(files: Mapping[str, Path], folder: str, split_seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the pixels [N, 1, H, W] in [0, 1] and the classes [N] of the training, validation and test images."""
    images, labels = _read(files, folder, "train")
    for part in partition(len(images), (55_000,), split_seed):
        yield _pixels(images[part]), torch.tensor(labels[part], dtype=torch.int64)
    images, labels = _read(files, folder, "t10k")
    yield _pixels(images), torch.tensor(labels, dtype=torch.int64)


def _read(files: Mapping[str, Path], folder: str, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images = read_idx(files[f"{folder}/{part}-images-idx3-ubyte.gz"], axes=3)
    labels = read_idx(files[f"{folder}/{part}-labels-idx1-ubyte.gz"], axes=1)
    if len(images) != len(labels):
        raise ValueError(f"{part}: {len(images)} images, but {len(labels)} labels")
    return images, labels


def _pixels(images: NDArray[np.uint8]) -> Tensor:
    return torch.tensor(images).unsqueeze(1).float().div_(255)
