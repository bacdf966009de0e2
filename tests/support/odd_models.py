"""Models as people write them: a plugin of models that are unlike those of textbooks, with data that they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

import optbench
from optbench import Split, Splits

CLASSES = 3


class Complex(nn.Module):
    """Complex weights and a complex bias, a real answer."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.5 * torch.randn(*input_shape, outputs, dtype=torch.complex64))
        self.bias = nn.Parameter(torch.zeros(outputs, dtype=torch.complex64))
        self.register_buffer("turn", torch.tensor(1j, dtype=torch.complex64))

    def forward(self, inputs: Tensor) -> Tensor:
        return (self.turn * (inputs.to(self.weight.dtype) @ self.weight + self.bias)).abs()


class Lazy(nn.Module):
    """Layers that learn their sizes from the first batch."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.Tanh(), nn.LazyLinear(outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layers(inputs)


class LazyAndIdle(Lazy):
    """A lazy layer that no forward pass reaches."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__(input_shape, outputs)
        self.idle = nn.LazyLinear(3)


class Tied(nn.Module):
    """An output layer that is the embedding."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 6)
        self.hidden = nn.Linear(6, 6)
        self.output = nn.Linear(6, 5, bias=False)
        self.output.weight = self.embedding.weight

    def forward(self, inputs: Tensor) -> Tensor:
        return self.output(self.hidden(self.embedding(inputs[:, 0].abs().long().clamp(max=4))))[:, :CLASSES]


class Scalars(nn.Module):
    """A gain without an axis, and parameters without elements, one of which takes part."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(input_shape[0], outputs)
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.empty = nn.Parameter(torch.zeros(0, *input_shape))
        self.nothing = nn.Parameter(torch.zeros(0))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.gain * self.layer(inputs) + (inputs @ self.empty.T).sum(1, keepdim=True) + self.nothing.sum()


class Unused(nn.Module):
    """A layer that is never called, and a frozen bias."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.layer, self.idle = nn.Linear(input_shape[0], outputs), nn.Linear(3, 3)
        self.layer.bias.requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layer(inputs)


class Half(nn.Module):
    """Built in bfloat16 with a bias in float64, and a counter."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(input_shape[0], outputs, dtype=torch.bfloat16)
        self.bias = nn.Parameter(torch.zeros(outputs, dtype=torch.float64))
        self.register_buffer("counter", torch.tensor(7))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layer(inputs) + self.bias


class Two(nn.Module):
    """Two inputs."""

    def __init__(self, input_shape: tuple[tuple[int, ...], ...], outputs: int) -> None:
        super().__init__()
        (numbers,), () = input_shape
        self.layer, self.embedding = nn.Linear(numbers, outputs), nn.Embedding(4, outputs)

    def forward(self, numbers: Tensor, token: Tensor) -> Tensor:
        return self.layer(numbers) + self.embedding(token)


class Answer(NamedTuple):
    """What a model that returns several things returns."""

    logits: Tensor
    auxiliary: Tensor


class Auxiliary(nn.Module):
    """A second head, which answers in training only, or always, in a form that `returns` says."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int, returns: str) -> None:
        super().__init__()
        self.layer, self.head, self.returns = nn.Linear(input_shape[0], outputs), nn.Linear(outputs, 2), returns

    def forward(self, inputs: Tensor) -> object:
        logits = self.layer(inputs)
        answer = Answer(logits, self.head(logits))
        if self.returns == "dict":
            return answer._asdict()
        if self.returns == "named":
            return answer
        return tuple(answer) if self.training else logits


MODELS = {
    "complex": Complex,
    "lazy": Lazy,
    "lazy-and-idle": LazyAndIdle,
    "tied": Tied,
    "scalars": Scalars,
    "unused": Unused,
    "half": Half,
    "two-inputs": Two,
    "auxiliary": Auxiliary,
}


def build(files: object, several: bool, ignored: bool) -> Splits:
    """Classes of four numbers and a token; `ignored` leaves every third example without one."""
    generator = torch.Generator().manual_seed(0)

    def split(size: int) -> Split:
        numbers = torch.randn(size, 4, generator=generator)
        token = torch.randint(4, (size,), generator=generator)
        targets = (numbers.sum(1) > 0).long() + (token > 1)
        if ignored:
            targets[::3] = -100
        return Split((numbers, token) if several else numbers, targets)

    return Splits(split(24), split(10), split(10), outputs=CLASSES)


@optbench.hookimpl
def optbench_models() -> Iterator[optbench.Model]:
    for name, model in MODELS.items():
        yield optbench.Model(name=name, build=model, options={"returns": "dict"} if name == "auxiliary" else {})


@optbench.hookimpl
def optbench_datasets() -> Iterator[optbench.Dataset]:
    yield optbench.Dataset(name="one-input", build=build, options={"several": False, "ignored": False})
    yield optbench.Dataset(name="several-inputs", build=build, options={"several": True, "ignored": False})
