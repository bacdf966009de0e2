"""A plugin whose models, data sets, losses and augmentations cannot be trained with, each in a way of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import optbench

FEATURES, CLASSES, EXAMPLES = 4, 3, 12


class Classifier(nn.Module):
    """Sound: logits of three classes."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.layer(x)


class ReturnsATuple(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x), x


class ReturnsADict(Classifier):
    def forward(self, x: Tensor) -> Any:
        return {"logits": self.layer(x), "features": x}


class ReturnsNothing(Classifier):
    def forward(self, x: Tensor) -> Any:
        self.layer(x)


class AuxiliaryClassifier(Classifier):
    def forward(self, x: Tensor) -> Any:
        return (self.layer(x), self.layer(x)) if self.training else self.layer(x)


class WrongShape(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x).mean(0)


class ClassesFirst(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x).unsqueeze(-1)


class WithoutParameters(nn.Module):
    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :CLASSES]


class Frozen(Classifier):
    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__(input_shape, outputs)
        self.requires_grad_(False)


class Raises(Classifier):
    def forward(self, x: Tensor) -> Any:
        raise ValueError("I only take images\nof cats")


class RaisesInTraining(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x[:0, 0]) if self.training else self.layer(x)


class CannotBeBuilt(Classifier):
    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        raise KeyError("depth")


class _BackwardRaises(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        raise NotImplementedError("no backward yet")


class BackwardRaises(Classifier):
    def forward(self, x: Tensor) -> Any:
        return _BackwardRaises.apply(self.layer(x))


class Detached(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x).detach()


class StartsAtInfinity(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x) * float("inf")


class GradientOfNan(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x) + (self.layer.weight.sum() * 0).sqrt()


class ChangesItsInputs(Classifier):
    def forward(self, x: Tensor) -> Any:
        return self.layer(x.div_(2))


class ChangesItsInputsInTraining(Classifier):
    def forward(self, x: Tensor) -> Any:
        if self.training:
            x += 0.1
        return self.layer(x)


class ChangesDataBehindTheVersion(Classifier):
    def forward(self, x: Tensor) -> Any:
        x.data.div_(2)
        return self.layer(x)


class ChangesItsInputsLater(Classifier):
    """As one that does so in a branch which the first batch does not reach."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__(input_shape, outputs)
        self.batches = 0

    def forward(self, x: Tensor) -> Any:
        self.batches += 1
        return self.layer(x.mul_(2) if self.batches > 4 else x)


class Dies(Classifier):
    def forward(self, x: Tensor) -> Any:
        os._exit(3)


class Hangs(Classifier):
    def forward(self, x: Tensor) -> Any:
        time.sleep(600)


def noisy(x: Tensor) -> Tensor:
    x += torch.randn_like(x)
    return x


def cannot_augment(x: Tensor) -> Tensor:
    raise IndexError("no such channel")


def per_example(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.sum(-1) - targets).square()


def plain_number(outputs: Tensor, targets: Tensor) -> float:
    return float(outputs.sum())


def constant(outputs: Tensor, targets: Tensor) -> Tensor:
    return torch.zeros(())


def raises(outputs: Tensor, targets: Tensor) -> Tensor:
    raise ZeroDivisionError("nothing to divide by")


def of_tuples(outputs: Any, targets: Tensor) -> Tensor:
    """A loss that takes what `ReturnsATuple` returns."""
    return nn.functional.cross_entropy(outputs[0], targets)


def no_optimum(splits: optbench.Splits, model: nn.Module) -> float:
    return float("nan")


def splits(**changes: Any) -> optbench.Splits:
    """Three sound splits, of which one may have other inputs or targets: `train_inputs=…`."""
    rng = np.random.default_rng(0)
    built = {}
    for name in ("train", "validation", "test"):
        inputs = torch.tensor(rng.normal(size=(EXAMPLES, FEATURES)), dtype=torch.float32)
        targets = torch.arange(EXAMPLES) % CLASSES
        built[name] = optbench.Split(changes.pop(f"{name}_inputs", inputs), changes.pop(f"{name}_targets", targets))
    return optbench.Splits(**built, outputs=changes.pop("outputs", CLASSES))


def ones(*shape: int) -> Tensor:
    return torch.ones(*shape)


def with_nan() -> Tensor:
    inputs = ones(EXAMPLES, FEATURES)
    inputs[5, 1], inputs[7, 0] = float("nan"), float("inf")
    return inputs


def fails(files: Mapping[str, Path]) -> optbench.Splits:
    part = optbench.Split(ones(2, 0), np.zeros(3)[5])
    return optbench.Splits(part, part, part, outputs=1)


DATASETS: dict[str, Any] = {
    "sound": lambda files: splits(),
    "label-7": lambda files: splits(test_targets=torch.arange(EXAMPLES) % 8),
    "negative-label": lambda files: splits(train_targets=torch.arange(EXAMPLES) % 3 - 1),
    "ignored-labels": lambda files: splits(train_targets=torch.tensor([-100, 0, 1, 2] * 3)),
    "all-ignored-and-7": lambda files: splits(train_targets=torch.tensor([-100, 7] * 6)),
    "empty": lambda files: splits(validation_inputs=ones(0, FEATURES), validation_targets=ones(0).long()),
    "nan": lambda files: splits(test_inputs=with_nan()),
    "nan-targets": lambda files: splits(validation_targets=ones(EXAMPLES) * float("nan")),
    "targets-of-2": lambda files: splits(train_targets=ones(EXAMPLES) * 2),
    "real-labels": lambda files: splits(
        **{f"{name}_targets": (torch.arange(EXAMPLES) % CLASSES).double() for name in ("train", "validation", "test")}
    ),
    "uint8-images": lambda files: splits(
        **{
            f"{name}_inputs": np.arange(EXAMPLES * FEATURES, dtype=np.uint8).reshape(EXAMPLES, FEATURES)
            for name in ("train", "validation", "test")
        }
    ),
    "fails": fails,
    "unequal": lambda files: splits(train_targets=torch.zeros(5).long()),
    "a-tuple": lambda files: (ones(3, 4), ones(3)),
    "ragged": lambda files: splits(train_inputs=[[1.0, 2.0], [3.0]]),
    "texts": lambda files: splits(train_inputs=np.array([["a"] * FEATURES] * EXAMPLES)),
    "other-shape": lambda files: splits(test_inputs=ones(EXAMPLES, FEATURES + 1)),
    "no-outputs": lambda files: splits(outputs=0),
}


def below_zero(steps: int, warmup_steps: int) -> Any:
    return lambda step: 1 - step


def of_nothing(model: torch.nn.Module) -> dict[str, float]:
    return {"nothing": 1.0}


def of_biases(model: torch.nn.Module) -> dict[str, float]:
    return {name: 2.0 for name, parameter in model.named_parameters() if parameter.ndim == 1}


MODELS = [
    Classifier, ReturnsATuple, ReturnsADict, ReturnsNothing, AuxiliaryClassifier, WrongShape, ClassesFirst,
    WithoutParameters, Frozen, Raises, RaisesInTraining, CannotBeBuilt, BackwardRaises, Detached, StartsAtInfinity,
    GradientOfNan, ChangesItsInputs, ChangesItsInputsInTraining, ChangesDataBehindTheVersion, ChangesItsInputsLater,
    Dies, Hangs,
]  # fmt: skip


@optbench.hookimpl
def optbench_datasets() -> Iterator[optbench.Dataset]:
    for name, build in DATASETS.items():
        yield optbench.Dataset(name=f"odd.{name}", build=build)


@optbench.hookimpl
def optbench_models() -> Iterator[optbench.Model]:
    for model in MODELS:
        yield optbench.Model(name=f"odd.{model.__name__}", build=model)
