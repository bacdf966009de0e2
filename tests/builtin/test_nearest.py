from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from optbench import Split, Splits
from optbench.builtin.nearest import nearest_neighbour_accuracy

Built = Callable[..., Splits]


def brute_force(train: Split, test: Split) -> float:
    right = 0
    for inputs, target in zip(test.inputs, test.targets, strict=True):
        distances = [float((inputs - other).square().sum()) for other in train.inputs]
        right += int(train.targets[distances.index(min(distances))] == target)
    return right / len(test)


@pytest.mark.parametrize("shape", [(3,), (1, 4, 4)])
def test_it_is_what_looking_at_every_pair_gives(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    train, test = (Split(torch.randn(n, *shape), torch.randint(3, (n,))) for n in (40, 30))
    assert nearest_neighbour_accuracy(train, test) == brute_force(train, test)


def test_each_example_is_its_own_nearest_neighbour_whatever_their_number() -> None:
    torch.manual_seed(0)
    split = Split(torch.randn(1201, 2), torch.randint(10, (1201,)))
    assert nearest_neighbour_accuracy(split, split) == 1


def test_labels_that_say_nothing_are_guessed() -> None:
    torch.manual_seed(0)
    train, test = (Split(torch.randn(2000, 5), torch.randint(10, (2000,))) for _ in range(2))
    assert nearest_neighbour_accuracy(train, test) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("name", "accuracy"), [("digits", 0.9805), pytest.param("cifar10-part", 0.273, marks=pytest.mark.slow)]
)
def test_the_accuracy_that_tasks_are_compared_with(name: str, accuracy: float, built: Built) -> None:
    splits = built(name)
    assert nearest_neighbour_accuracy(splits.train, splits.test) == pytest.approx(accuracy, abs=5e-4)


@pytest.mark.slow
def test_on_mnist_it_errs_less_than_the_published_5_percent(built: Built) -> None:
    """LeCun et al. 1998 report 5.0 %; 55,000 training images and all test images."""
    splits = built("mnist")
    assert nearest_neighbour_accuracy(splits.train, splits.test) == pytest.approx(0.9684, abs=5e-4)
