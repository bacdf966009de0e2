"""The order in which a run sees the training examples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from optbench.components.dataset import Inputs, Split


def batches(
    split: Split,
    batch_size: int | Literal["full"],
    sampling: Literal["shuffle", "replacement"],
    seed: int,
    start: int = 0,
) -> Iterator[tuple[Inputs, Tensor]]:
    """Yield `(inputs, targets)` batches forever from number `start` on, as a function of `seed` only.

    `shuffle` goes through a new permutation each epoch and leaves out an incomplete last batch; `replacement` draws
    each batch independently. A full batch (or one as large as the split) is the split itself, in its own order.
    """
    size = len(split)
    if batch_size == "full" or (sampling == "shuffle" and batch_size >= size):
        while True:
            yield split.inputs, split.targets
    rng = np.random.default_rng(seed)
    draws = _replacement(rng, size, batch_size) if sampling == "replacement" else _shuffle(rng, size, batch_size)
    for chosen in itertools.islice(draws, start, None):
        batch = split.take(torch.from_numpy(chosen).to(split.targets.device))
        yield batch.inputs, batch.targets


def _shuffle(rng: np.random.Generator, size: int, batch_size: int) -> Iterator[np.ndarray]:
    while True:
        order = rng.permutation(size)
        for start in range(0, size - batch_size + 1, batch_size):
            yield order[start : start + batch_size]


def _replacement(rng: np.random.Generator, size: int, batch_size: int) -> Iterator[np.ndarray]:
    while True:
        yield rng.integers(size, size=batch_size)
