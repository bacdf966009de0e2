from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from optbench import Splits
from optbench.builtin.datasets import shakespeare


def test_the_text_is_split_by_position(tmp_path: Path) -> None:
    path = tmp_path / "input.txt"
    path.write_bytes(bytes(range(100)) * 10)
    splits = shakespeare.build({"tinyshakespeare/input.txt": path}, context=4)
    assert splits.outputs == 100
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (896, 12, 12)
    assert splits.train.inputs[-1].tolist() == [95, 96, 97, 98]
    assert splits.validation.inputs[0].tolist() == [0, 1, 2, 3]
    assert splits.test.inputs[:2].tolist() == [[50, 51, 52, 53], [54, 55, 56, 57]]


def test_the_real_text(built: Callable[[str], Splits]) -> None:
    splits = built("tinyshakespeare")
    assert splits.outputs == 65
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (1_003_790, 871, 871)
    assert splits.train.inputs.shape[1:] == splits.input_shape == (64,)
    assert splits.train.inputs.untyped_storage().nbytes() == 1_115_394 * 8
    assert torch.equal(splits.train.inputs[1:3], splits.train.targets[0:2])
