"""The content of a data set's splits as a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from optbench.components.dataset import Splits
from optbench.training.data import several

DECIMALS = 4
"""Decimals of real numbers that a declared content sees: the last digits depend on the platform."""
ROWS = 10_000
"""Examples that are hashed at a time: windows of a text share their memory, copies of them do not."""


def content_of(splits: Splits, decimals: int | None = DECIMALS) -> str:
    """Return 16 hex digits that change with any example, label or split of a data set.

    Real numbers count to some `decimals`, in whatever precision they come; with `None` every bit counts.
    """
    digest = hashlib.sha256(str(splits.outputs).encode())
    for name, tensor in tensors_of(splits):
        kind = "" if decimals is not None else f" {tensor.dtype}"
        digest.update(f"{name}{tuple(tensor.shape)}{kind}".encode())
        for rows in torch.split(tensor, ROWS):
            digest.update(_bytes(rows.cpu()) if decimals is None else _rounded(rows, decimals))
    return digest.hexdigest()[:16]


def tensors_of(splits: Splits) -> Iterator[tuple[str, Tensor]]:
    """Yield the inputs and targets of each split, with their names."""
    for name, split in (("train", splits.train), ("validation", splits.validation), ("test", splits.test)):
        yield from ((f"{name} inputs", tensor) for tensor in several(split.inputs))
        yield f"{name} targets", split.targets


def _bytes(rows: Tensor) -> bytes:
    return rows.contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _rounded(rows: Tensor, decimals: int) -> bytes:
    array = rows.numpy()
    whole = np.rint(array.astype(np.float64) * 10**decimals) if array.dtype.kind == "f" else array
    return np.ascontiguousarray(whole.astype("<i8")).tobytes()
