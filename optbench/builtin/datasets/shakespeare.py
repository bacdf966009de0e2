"""Tiny Shakespeare as characters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from optbench import Splits
from optbench.builtin.datasets.windows import next_token_split


def build(files: Mapping[str, Path], *, context: int) -> Splits:
    """Return windows of `context` characters: every one of the first 90 %, adjoining ones of the last 5 + 5 %.

    A character's token is its rank among the 65 that occur.
    """
    characters = np.frombuffer(files["tinyshakespeare/input.txt"].read_bytes(), np.uint8)
    vocabulary, ranks = np.unique(characters, return_inverse=True)
    tokens = torch.tensor(ranks, dtype=torch.int64)
    train, validation, test = tokens.tensor_split((len(tokens) * 90 // 100, len(tokens) * 95 // 100))
    return Splits(
        next_token_split(train, context, stride=1),
        next_token_split(validation, context, stride=context),
        next_token_split(test, context, stride=context),
        outputs=len(vocabulary),
    )
