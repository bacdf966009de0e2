from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from optbench import Splits, UsageError
from optbench.builtin.datasets import fashion_mnist, mnist


def idx(array: np.ndarray) -> bytes:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes(), compresslevel=1)


LABELS = np.arange(55_003) % 10
SMALL = {
    "train-images-idx3-ubyte.gz": np.repeat(LABELS, 4).reshape(-1, 2, 2) * 20,
    "train-labels-idx1-ubyte.gz": LABELS,
    "t10k-images-idx3-ubyte.gz": np.full((4, 2, 2), 255),
    "t10k-labels-idx1-ubyte.gz": np.arange(4),
}


def written(folder: Path, arrays: dict[str, np.ndarray], under: str = "MNIST/raw") -> dict[str, Path]:
    for name, array in arrays.items():
        (folder / name).write_bytes(idx(array))
    return {f"{under}/{name}": folder / name for name in arrays}


def test_training_images_are_split_and_normalised(tmp_path: Path) -> None:
    splits = mnist.build(written(tmp_path, SMALL), split_seed=0, targets="class")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (55_000, 3, 4)
    assert splits.input_shape == (1, 2, 2)
    assert splits.test.inputs.mean().item() == pytest.approx((1 - 0.1307) / 0.3081, rel=1e-6)
    pixels = (splits.train.inputs[:, 0, 1, 1] * 0.3081 + 0.1307) * 255 / 20
    assert torch.equal(pixels.round().long(), splits.train.targets)


def test_as_targets_images_are_their_own_pixels(tmp_path: Path) -> None:
    files = written(tmp_path, SMALL)
    splits = mnist.build(files, split_seed=0, targets="image")
    classes = mnist.build(files, split_seed=0, targets="class").train.targets
    assert splits.outputs == 784
    assert splits.train.targets is splits.train.inputs
    assert torch.equal((splits.train.inputs[:, 0, 1, 1] * 255 / 20).round().long(), classes)
    assert splits.test.inputs.unique().tolist() == [1.0]


def test_other_targets_are_refused_with_the_closest() -> None:
    with pytest.raises(UsageError, match="mnist: targets='images' must be one of class, image; did you mean 'image'"):
        mnist.build({}, split_seed=0, targets="images")


def test_fashion_is_read_alike_and_normalised_by_its_own_numbers(tmp_path: Path) -> None:
    splits = fashion_mnist.build(written(tmp_path, SMALL, "FashionMNIST/raw"), split_seed=0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (55_000, 3, 4)
    assert splits.test.inputs.mean().item() == pytest.approx((1 - 0.2860) / 0.3530, rel=1e-6)
    pixels = (splits.train.inputs[:, 0, 1, 1] * 0.3530 + 0.2860) * 255 / 20
    assert torch.equal(pixels.round().long(), splits.train.targets)


def test_images_and_labels_must_be_as_many(tmp_path: Path) -> None:
    arrays = {"train-images-idx3-ubyte.gz": np.zeros((3, 2, 2)), "train-labels-idx1-ubyte.gz": np.zeros(2)}
    with pytest.raises(ValueError, match="train: 3 images, but 2 labels"):
        mnist.build(written(tmp_path, arrays), split_seed=0, targets="class")


def test_the_real_files(built: Callable[[str], Splits]) -> None:
    splits = built("mnist")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (55_000, 5_000, 10_000)
    assert splits.input_shape == (1, 28, 28)
    assert splits.train.inputs.dtype == torch.float32
    assert splits.train.inputs.mean().item() == pytest.approx(0, abs=0.01)
    assert splits.train.inputs.std().item() == pytest.approx(1, abs=0.01)
    assert splits.test.targets.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    both = splits.train.targets.bincount() + splits.validation.targets.bincount()
    assert both.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
