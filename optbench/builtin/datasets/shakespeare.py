"""Tiny Shakespeare as characters, to be continued or filled in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from optbench import Splits, UsageError
from optbench.builtin.datasets.masked import masked_count, masked_split
from optbench.builtin.datasets.windows import next_token_split
from optbench.builtin.options import check_name, check_positive

SPLITS = ("90/5/5", "nanogpt")
WINDOWS_OVER_A_CHARACTER = 4
"""Masked windows that a character lies in, each masked anew."""


def build(files: Mapping[str, Path], *, context: int, split: str) -> Splits:
    """Return windows of `context` characters: every one of the training text, adjoining ones of the others.

    A character's token is its rank among the 65 that occur. The training text is the first 90 % (1,003,854 characters);
    of the rest, with `split="90/5/5"`, the first half is for validation and the second for the test. With `"nanogpt"`
    the whole rest (111,540) is for validation, as in nanoGPT, which has no test: the test split is the validation
    split again, and says nothing about what selection on it has cost.

    Raises `UsageError` for options that make no sense.
    """
    check_positive("tinyshakespeare", context=context)
    check_name("tinyshakespeare", "split", split, SPLITS)
    tokens, vocabulary = _read(files)
    train, first, second = _parts(tokens)
    validation, test = (first, second) if split == "90/5/5" else (tokens[len(train) :],) * 2
    return Splits(
        next_token_split(train, context, stride=1),
        next_token_split(validation, context, stride=context),
        next_token_split(test, context, stride=context),
        outputs=vocabulary,
    )


def build_masked(files: Mapping[str, Path], *, context: int, seed: int) -> Splits:
    """Return windows of `context` characters of which 15 % are to be predicted; 90/5/5 % of the text by position.

    Windows begin every quarter of their length, so that nearly every character lies in four, each masked anew; masks
    are drawn once, from `seed`. Tokens are the ranks of the 65 characters that occur, and 65, the mask.

    Raises `UsageError` for options that make no sense.
    """
    check_positive("masked-shakespeare", context=context)
    if not masked_count(context):
        raise UsageError(f"masked-shakespeare: context={context} must be at least 4, for 15 % of it to be a character")
    tokens, vocabulary = _read(files)
    rng, stride = np.random.RandomState(seed), context // WINDOWS_OVER_A_CHARACTER
    train, validation, test = (masked_split(part, context, stride, vocabulary, rng) for part in _parts(tokens))
    return Splits(train, validation, test, outputs=vocabulary + 1)


def _read(files: Mapping[str, Path]) -> tuple[Tensor, int]:
    characters = np.frombuffer(files["tinyshakespeare/input.txt"].read_bytes(), np.uint8)
    vocabulary, ranks = np.unique(characters, return_inverse=True)
    return torch.tensor(ranks, dtype=torch.int64), len(vocabulary)


def _parts(tokens: Tensor) -> tuple[Tensor, ...]:
    return tokens.tensor_split((len(tokens) * 90 // 100, len(tokens) * 95 // 100))
