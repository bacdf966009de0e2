from __future__ import annotations

import torch

from optbench.builtin.datasets.windows import next_token_split


def test_targets_are_the_next_tokens() -> None:
    split = next_token_split(torch.arange(10), context=3, stride=3)
    assert split.inputs.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert split.targets.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_overlapping_windows_share_the_tokens_memory() -> None:
    tokens = torch.arange(1000)
    split = next_token_split(tokens, context=64, stride=1)
    assert split.inputs.shape == split.targets.shape == (936, 64)
    assert split.inputs.untyped_storage().data_ptr() == tokens.untyped_storage().data_ptr()
