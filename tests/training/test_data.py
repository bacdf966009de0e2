"""Data as people have it, and what runs see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from optbench.builtin.losses import LOSSES
from optbench.components.dataset import Dataset, Split, Splits
from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.training.data import build_splits, refuse_changes, versions

CPU = torch.device("cpu")
COUNTER = iter(range(1_000))


def built(inputs: Any, targets: Any, outputs: Any = 3, **changes: Any) -> Split:
    """The training split of a data set that is made of these, for a task."""
    part = Split(inputs, targets)
    return splits_of(lambda files: Splits(part, part, part, outputs=outputs), **changes).train


def splits_of(build: Callable[..., Splits], **changes: Any) -> Splits:
    task = Task.model_validate({"name": "t", "model": "m", "dataset": "d", "steps": 1} | changes)
    (targets,) = (loss.targets for loss in LOSSES if loss.name == task.loss)
    return build_splits(Dataset(name=f"d{next(COUNTER)}", build=build), task, targets, (), CPU)


IMAGES = np.arange(24).reshape(4, 6)
LABELS = [0, 1, 2, 1]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8"])
@pytest.mark.parametrize(("precision", "expected"), [("float32", torch.float32), ("float64", torch.float64)])
def test_real_numbers_of_any_width_come_in_the_tasks_precision(
    dtype: str, precision: str, expected: torch.dtype
) -> None:
    split = built(IMAGES.astype(dtype), LABELS, precision=precision)
    assert split.inputs.dtype is expected
    assert split.inputs.tolist() == IMAGES.tolist()


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4"])
def test_whole_numbers_of_any_width_are_tokens_and_classes(dtype: str) -> None:
    split = built(IMAGES.astype(dtype), np.array(LABELS, dtype))
    assert split.inputs.dtype is split.targets.dtype is torch.int64
    assert split.inputs.tolist() == IMAGES.tolist()
    assert split.targets.tolist() == LABELS


def test_lists_and_tensors_are_taken_as_arrays_are() -> None:
    for inputs, targets in ((IMAGES.tolist(), LABELS), (torch.from_numpy(IMAGES), torch.tensor(LABELS).int())):
        split = built(inputs, targets)
        assert split.inputs.tolist() == IMAGES.tolist()
        assert split.targets.dtype is torch.int64
    assert built([[0.5], [1.5], [2.5], [3.5]], LABELS).inputs.dtype is torch.float32


@pytest.mark.parametrize("targets", [np.array([True, False, True, True]), np.array([1, 0, 1, 1], "u1"), [1, 0, 1, 1]])
def test_targets_are_what_their_loss_takes(targets: Any) -> None:
    values = built(IMAGES, targets, loss="binary_cross_entropy").targets
    assert (values.dtype, values.tolist()) == (torch.float32, [1, 0, 1, 1])
    assert built(IMAGES, targets, loss="mse", precision="float64").targets.dtype is torch.float64
    classes = built(IMAGES, targets).targets
    assert (classes.dtype, classes.tolist()) == (torch.int64, [1, 0, 1, 1])


def test_probabilities_stay_real_numbers_and_booleans_as_inputs_become_them() -> None:
    split = built(IMAGES > 3, np.full((4, 3), 1 / 3))
    assert (split.inputs.dtype, split.targets.dtype) == (torch.float32, torch.float32)
    assert split.inputs.sum() == 20


def test_complex_numbers_come_in_the_tasks_precision_too() -> None:
    assert built(IMAGES * 1j, LABELS).inputs.dtype is torch.complex64
    assert built(IMAGES.astype("c8"), LABELS, precision="float64").inputs.dtype is torch.complex128


@pytest.mark.parametrize("dtype", ["i4", "i8", "f4", "f8", "u1"])
def test_overlapping_windows_stay_views_of_one_copy(dtype: str) -> None:
    text = np.arange(100).astype(dtype)
    windows = np.lib.stride_tricks.sliding_window_view(text, 11)
    split = built(windows[:, :-1], windows[:, 1:])
    assert torch.equal(split.inputs, torch.from_numpy(windows[:, :-1].copy()).to(split.inputs.dtype))
    for tensor in (split.inputs, split.targets):
        assert tensor.untyped_storage().nbytes() <= 100 * tensor.element_size() < tensor.nbytes
    tensors = torch.from_numpy(text).unfold(0, 11, 1)
    again = built(tensors[:, :-1], tensors[:, 1:]).targets
    assert torch.equal(again, split.targets)
    assert again.untyped_storage().nbytes() <= 100 * again.element_size()


def test_a_part_of_a_large_array_does_not_bring_the_whole_with_it() -> None:
    part = built(torch.zeros(1000, 2, dtype=torch.float64)[:4], LABELS).inputs
    assert part.untyped_storage().nbytes() == 4 * 2 * 4


def test_arrays_in_any_order_and_tensors_with_a_gradient_or_in_inference_mode_are_taken() -> None:
    assert built(IMAGES[::-1], LABELS).inputs.tolist() == IMAGES[::-1].tolist()
    assert built(IMAGES.T.copy().T, LABELS).inputs.tolist() == IMAGES.tolist()
    assert not built(torch.ones(4, 2, requires_grad=True), LABELS).inputs.requires_grad
    with torch.inference_mode():
        inputs = torch.ones(4, 2)
    assert not built(inputs, LABELS).inputs.is_inference()


@pytest.mark.parametrize(
    ("inputs", "targets", "rule"),
    [
        ([[1.0], [1.0, 2.0]], [0, 1], "train inputs are no numbers of one shape: "),
        (IMAGES, np.array(["a", "b", "c", "d"]), "train targets are no numbers of one shape: they are of the type <U1"),
        (IMAGES, [None] * 4, "train targets are no numbers of one shape: they are of the type object"),
        (3.0, LABELS, "train inputs are a single number; give examples along the first axis"),
        (torch.eye(4).to_sparse(), LABELS, "train inputs are sparse; give dense ones, tensor.to_dense()"),
        (IMAGES, [0, 1], "train has 4 inputs and 2 targets; give as many of each"),
    ],
)
def test_what_is_no_data_is_refused_in_a_line_that_names_the_data_set(inputs: Any, targets: Any, rule: str) -> None:
    with pytest.raises(UsageError) as caught:
        built(inputs, targets)
    owner, _, words = str(caught.value).partition(": ")
    assert owner.startswith("data set 'd")
    assert words.startswith(rule)
    assert "\n" not in words


@pytest.fixture
def shared() -> Iterator[tuple[Callable[[], Splits], list[int]]]:
    """What builds one data set again and again, and how often it really was built."""
    builds: list[int] = []

    def build(files: Any) -> Splits:
        builds.append(1)
        train, validation, test = (Split(torch.ones(4, 2), torch.zeros(4).long()) for _ in range(3))
        return Splits(train, validation, test, outputs=1)

    dataset = Dataset(name=f"d{next(COUNTER)}", build=build)
    task = Task(name="t", model="m", dataset="d", steps=1)
    yield lambda: build_splits(dataset, task, "classes", (), CPU), builds


def test_splits_are_built_once_and_again_only_when_a_run_has_changed_them(
    shared: tuple[Callable[[], Splits], list[int]],
) -> None:
    again, builds = shared
    first = again()
    assert again() is first
    first.test.inputs[1:3].add_(1)
    second = again()
    assert second is not first
    assert second.test.inputs.sum() == 8
    assert again() is second
    assert len(builds) == 2


def test_a_change_through_a_view_is_seen(shared: tuple[Callable[[], Splits], list[int]]) -> None:
    splits = shared[0]()
    before = versions(splits)
    refuse_changes(splits, before)
    _ = splits.train.inputs[0:2] * 2
    refuse_changes(splits, before)
    splits.validation.inputs[0:2].view(-1).mul_(2)
    with pytest.raises(UsageError, match=r"changes its data in place.*write x / 255, not x.div_\(255\)"):
        refuse_changes(splits, before)


def test_each_of_several_inputs_is_converted_and_compared() -> None:
    images, tokens = built((IMAGES.astype("f8"), np.array(LABELS, "i2")), LABELS).inputs
    assert (images.dtype, tokens.dtype) == (torch.float32, torch.int64)
    with pytest.raises(UsageError, match="train has 3 inputs and 4 targets; give as many of each"):
        built((IMAGES, np.array(LABELS[:3])), LABELS)
