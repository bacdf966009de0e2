"""Small problems on which optimizers are examined, and an optimizer at work on one, as the training loop steps it."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import pairwise
from typing import Any, Generic, Self, TypeVar

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.training.loop import update
from optbench.training.optimizers import build_optimizer
from optbench.training.seeding import seed_everything

TOTAL_STEPS = 100
"""The horizon that optimizers built by a function are told."""
PATIENCE = 12
"""Steps within which weights have to move: a method may set up its state first, or wait for its second moment."""


class Problem(nn.Module):
    """Parameters and a loss that depends on them and on the number of the step."""

    def loss(self, step: int) -> Tensor:
        """Return the loss at a step, a scalar."""
        raise NotImplementedError


class Network(Problem):
    """A network of two layers on another random batch at each step: matrices and vectors, noise, no convexity."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
        batches = torch.Generator().manual_seed(1)
        self.register_buffer("inputs", torch.randn(12, 16, 6, generator=batches))
        self.register_buffer("targets", torch.randn(12, 16, 3, generator=batches))
        self.hidden: Tensor | None = None
        """What the last forward pass computed on its way."""

    def loss(self, step: int) -> Tensor:
        """Mean squared error on the batch of this step."""
        inputs, targets = self.get_buffer("inputs"), self.get_buffer("targets")
        self.hidden = self.layers(inputs[step % len(inputs)])
        return (self.hidden - targets[step % len(inputs)]).square().mean()


class Weights(Problem):
    """Bare weights of given shapes, with random numbers of the same shapes to make a loss of."""

    def __init__(self, *shapes: Sequence[int], seed: int = 0, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)

        def normal(shape: Sequence[int]) -> Tensor:
            return torch.randn(tuple(shape), generator=generator, dtype=torch.float64).to(dtype)

        self.weights = nn.ParameterList([nn.Parameter(normal(shape)) for shape in shapes])
        self.draws = [[normal(shape) for shape in shapes] for _ in range(16)]


class Quadratic(Weights):
    """A convex quadratic: curvatures between 0.3 and 3, and a minimum of 0 somewhere."""

    def loss(self, step: int) -> Tensor:
        """Half the squared distance to the minimum, each coordinate with its own curvature."""
        terms = [
            (1 + 0.5 * torch.tanh(curvature)) * (weight - centre).square()
            for weight, centre, curvature in zip(self.weights, self.draws[0], self.draws[1], strict=True)
        ]
        return 0.5 * torch.stack([term.sum() for term in terms]).sum()


class Slope(Weights):
    """A loss with another random gradient at each step, whatever the weights are; plus `penalty/2 * |w|^2`."""

    penalty = 0.0

    def loss(self, step: int) -> Tensor:
        """Scalar product of the weights with the step's gradient, and the penalty."""
        draws = self.draws[step % len(self.draws)]
        parts = [
            (weight * draw).sum() + 0.5 * self.penalty * weight.square().sum()
            for weight, draw in zip(self.weights, draws, strict=True)
        ]
        return torch.stack(parts).sum()


P = TypeVar("P", bound=Problem)


class Trial(Generic[P]):
    """An optimizer at work on a problem, step by step."""

    def __init__(self, component: Optimizer, problem: P, **changes: Any) -> None:
        """Build the optimizer from its defaults, as they come back from a record, with some `changes`."""
        seed_everything(0)
        self.component, self.problem, self.steps = component, problem, 0
        hyperparameters = {**component.defaults, "lr": component.lr_ref, **changes}
        self.optimizer: Any = build_optimizer(component, problem, TOTAL_STEPS, json.loads(json.dumps(hyperparameters)))
        self.ready()

    def ready(self) -> Self:
        """Put an optimizer that knows the difference into training mode."""
        if hasattr(self.optimizer, "train") and hasattr(self.optimizer, "eval"):
            self.optimizer.train()
        return self

    def run(self, steps: int, each: Callable[[], None] = lambda: None) -> Self:
        """Do some steps, and call `each` after every one."""
        for _ in range(steps):
            self.last_loss = update(self.optimizer, self.gradient, self.component.closure, nullcontext())
            self.steps += 1
            each()
        return self

    def begin(self, steps: int) -> Self:
        """Do some steps, and as many more as it takes until one moves the weights, `PATIENCE` in all at most."""
        self.run(steps - 1)
        while not size(self.moves(1)[0]) and self.steps < PATIENCE:
            pass
        return self

    def gradient(self) -> Tensor:
        """The closure: zero the gradients, compute those of this step, return the loss."""
        self.optimizer.zero_grad()
        loss = self.problem.loss(self.steps)
        loss.backward(create_graph=self.component.create_graph)  # type: ignore[no-untyped-call]
        if self.component.sparse:
            for parameter in self.problem.parameters():
                parameter.grad = None if parameter.grad is None else parameter.grad.to_sparse()
        seed_everything(1000 + self.steps)
        return loss.detach()

    def set_lr(self, lr: float) -> None:
        """Give every group the same learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = torch.full_like(group["lr"], lr) if torch.is_tensor(group["lr"]) else lr

    @property
    def weights(self) -> list[Tensor]:
        """Copies of all parameters, in the problem's order."""
        return [parameter.detach().clone() for parameter in self.problem.parameters()]

    def moves(self, steps: int) -> list[list[Tensor]]:
        """Do some steps and return what each added to the weights."""
        path = [self.weights]
        self.run(steps, lambda: path.append(self.weights))
        return [[b - a for a, b in zip(*pair, strict=True)] for pair in pairwise(path)]


def distance(some: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """Largest absolute difference between two lists of tensors; infinite where one is not finite."""
    largest = 0.0
    for a, b in zip(some, others, strict=True):
        if a.numel():
            value = (a.double() - b.double()).abs().max().item()
            largest = max(largest, value if math.isfinite(value) else math.inf)
    return largest


def size(tensors: Sequence[Tensor]) -> float:
    """Largest absolute value; infinite where one is not finite."""
    return distance(tensors, [torch.zeros_like(tensor) for tensor in tensors])


def finite(tensors: Sequence[Tensor]) -> bool:
    """Whether all numbers are finite."""
    return math.isfinite(size(tensors))


def accepts(component: Optimizer, name: str) -> bool:
    """Whether the optimizer's class or build function takes this argument."""
    return name in inspect.signature(resolve(component.build)).parameters
