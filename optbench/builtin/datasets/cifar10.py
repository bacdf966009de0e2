"""CIFAR-10 from its binary version, or a part of it."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from optbench import Split, Splits
from optbench.builtin.datasets.partition import partition

ARCHIVE = "cifar-10-binary.tar.gz"
FOLDER = "cifar-10-batches-bin"
PART = (f"{FOLDER}/data_batch_1.bin.gz", f"{FOLDER}/test_batch_first1000.bin.gz")
"""Files with training and with test images."""
CLASSES, SHAPE = 10, (3, 32, 32)
MEANS, STANDARD_DEVIATIONS = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""Of red, green and blue in the 50,000 training images, scaled to [0, 1]."""


class Labelled(NamedTuple):
    """Images [N, 3, 32, 32] and their classes [N]."""

    images: NDArray[np.uint8]
    classes: NDArray[np.uint8]


def build(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return 45,000/5,000/10,000 images: inputs [N, 3, 32, 32], normalised by channel, targets [N] in 0..9."""
    path = files[ARCHIVE]
    with tarfile.open(path) as archive:
        *training, test = (
            read_records(_member(archive, f"{FOLDER}/{name}.bin", path), f"{path}: {name}.bin")
            for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
        )
    together = Labelled(*(np.concatenate(arrays) for arrays in zip(*training, strict=True)))
    return _splits(together, test, split_seed)


def build_part(files: Mapping[str, Path], *, split_seed: int) -> Splits:
    """Return the first training batch and the first 1,000 test images in the same form: 9,000/1,000/1,000 images."""
    training, test = (read_records(gzip.decompress(files[name].read_bytes()), str(files[name])) for name in PART)
    return _splits(training, test, split_seed)


def read_records(content: bytes, source: str) -> Labelled:
    """Read records of one byte for the class and 3,072 for red, green and blue, each row by row from the top left.

    Raises `ValueError` naming the `source` where the content is no such records.
    Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    size = 1 + int(np.prod(SHAPE))
    if not content or len(content) % size:
        raise ValueError(f"{source}: {len(content)} bytes are not records of {size} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    images, classes = records[:, 1:].reshape(-1, *SHAPE), records[:, 0]
    if classes.max() >= CLASSES:
        raise ValueError(f"{source}: class {classes.max()} is not in 0..{CLASSES - 1}")
    return Labelled(images, classes)


def _member(archive: tarfile.TarFile, name: str, path: Path) -> bytes:
    try:
        stream = archive.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise ValueError(f"{path}: has no file {name}")
    return stream.read()


def _splits(training: Labelled, test: Labelled, split_seed: int) -> Splits:
    """A tenth of the training images is for validation."""
    images, classes = training
    train, validation = partition(len(images), (len(images) * 9 // 10,), split_seed)
    return Splits(
        _split(images[train], classes[train]), _split(images[validation], classes[validation]), _split(*test), CLASSES
    )


def _split(images: NDArray[np.uint8], classes: NDArray[np.uint8]) -> Split:
    means, deviations = (torch.tensor(values)[:, None, None] for values in (MEANS, STANDARD_DEVIATIONS))
    inputs = torch.tensor(images).float().div_(255).sub_(means).div_(deviations)
    return Split(inputs, torch.tensor(classes, dtype=torch.int64))
