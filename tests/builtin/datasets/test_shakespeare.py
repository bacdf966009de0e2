from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from optbench import UsageError
from optbench.builtin.datasets import shakespeare
from tests.builtin.conftest import Built


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A text of a thousand characters, a hundred different ones in turn."""
    path = tmp_path / "input.txt"
    path.write_bytes(bytes(range(100)) * 10)
    return {"tinyshakespeare/input.txt": path}


def test_the_text_is_split_by_position(files: dict[str, Path]) -> None:
    splits = shakespeare.build(files, context=4, split="90/5/5")
    assert splits.outputs == 100
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (896, 12, 12)
    assert splits.train.inputs[-1].tolist() == [95, 96, 97, 98]
    assert splits.validation.inputs[0].tolist() == [0, 1, 2, 3]
    assert splits.test.inputs[:2].tolist() == [[50, 51, 52, 53], [54, 55, 56, 57]]


def test_nanogpts_split_validates_on_the_last_tenth_and_has_no_other_test(files: dict[str, Path]) -> None:
    splits = shakespeare.build(files, context=4, split="nanogpt")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (896, 24, 24)
    assert splits.validation.inputs[0].tolist() == [0, 1, 2, 3]
    assert splits.validation.inputs[-1].tolist() == [92, 93, 94, 95]
    assert torch.equal(splits.test.targets, splits.validation.targets)


def test_masked_windows_keep_within_their_split(files: dict[str, Path]) -> None:
    splits = shakespeare.build_masked(files, context=8, seed=0)
    assert splits.outputs == 101
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (447, 22, 22)
    seen = splits.validation.inputs[splits.validation.inputs < 100]
    assert 0.8 < (seen < 50).float().mean().item() < 1  # all but random ones
    assert splits.validation.targets.max().item() < 50
    assert splits.test.targets[splits.test.targets >= 0].min().item() >= 50


def test_masks_depend_on_their_seed_only(files: dict[str, Path]) -> None:
    torch.manual_seed(0)
    first = shakespeare.build_masked(files, context=8, seed=0)
    torch.manual_seed(1)
    again, other = (shakespeare.build_masked(files, context=8, seed=seed) for seed in (0, 1))
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert torch.equal(first.test.targets, again.test.targets)
    assert not torch.equal(first.train.targets, other.train.targets)


@pytest.mark.parametrize(
    ("build", "options", "sentence"),
    [
        (
            shakespeare.build,
            {"context": 4, "split": "nanoGTP"},
            "tinyshakespeare: split='nanoGTP' must be one of 90/5/5, nanogpt; did you mean 'nanogpt'?",
        ),
        (
            shakespeare.build,
            {"context": 0, "split": "90/5/5"},
            "tinyshakespeare: context=0 must be a positive whole number",
        ),
        (
            shakespeare.build_masked,
            {"context": 3, "seed": 0},
            "masked-shakespeare: context=3 must be at least 4, for 15 % of it to be a character",
        ),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(
    build: Any, options: dict[str, Any], sentence: str, files: dict[str, Path]
) -> None:
    with pytest.raises(UsageError) as refusal:
        build(files, **options)
    assert str(refusal.value) == sentence


def test_the_real_text(built: Built) -> None:
    splits = built("tinyshakespeare")
    assert splits.outputs == 65
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (1_003_790, 871, 871)
    assert splits.train.inputs.shape[1:] == splits.input_shape == (64,)
    assert splits.train.inputs.untyped_storage().nbytes() == 1_115_394 * 8
    assert torch.equal(splits.train.inputs[1:3], splits.train.targets[0:2])


def test_the_real_text_in_nanogpts_split(built: Built) -> None:
    """nanoGPT counts 1,003,854 tokens for training, hence as many less 256 windows, and 111,540 for validation."""
    splits = built("tinyshakespeare", context=256, split="nanogpt")
    assert len(splits.train) == 1_003_854 - 256
    assert len(splits.validation) == (111_540 - 1) // 256
    assert splits.input_shape == (256,)


def test_the_real_text_masked(built: Built) -> None:
    splits = built("masked-shakespeare")
    assert splits.outputs == 66
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (62_737, 3_482, 3_482)
    for split in (splits.train, splits.validation, splits.test):
        assert ((split.targets != -100).sum(1) == 10).all()
