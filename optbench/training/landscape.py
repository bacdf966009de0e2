"""The loss around a run's solution: a slice along two random directions, and the plane that its path lies in."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from optbench.errors import UsageError
from optbench.runs.context import ExecutionContext
from optbench.runs.record import Evaluation
from optbench.runs.spec import RunSpec
from optbench.training.clock import Clock
from optbench.training.evaluation import evaluate, evenly
from optbench.training.loop import train
from optbench.training.parameters import as_real, as_vector, place
from optbench.training.prepare import prepare_run
from optbench.training.seeding import seeds_for
from optbench.training.state import TrainingState
from optbench.training.training import Training

EXAMPLES = 500
"""Training examples, spread evenly, whose loss is mapped."""
MARGIN = 0.25
"""How far the map of the path reaches beyond it, as a share of its extent."""


class Slice(NamedTuple):
    """Losses `[len(y), len(x)]` on a plane through the solution, which lies at the origin."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    loss: NDArray[np.float64]


@dataclass(frozen=True)
class Survey:
    """What was found around a run's solution.

    `around` is the slice along two filter-normalised random directions. `plane` is that of the two principal axes of
    the path, in units of the weights' Euclidean distance, `path` `[points, 2]` the path's projection onto it at the
    evaluation points, and `explained` the shares of its variance that the two axes hold. `losses` are the validation
    losses of the repeated run.
    """

    around: Slice
    plane: Slice
    path: NDArray[np.float64]
    steps: tuple[int, ...]
    explained: tuple[float, float]
    losses: tuple[float, ...]


def survey(spec: RunSpec, device_name: str, context: ExecutionContext, points: int) -> Survey:
    """Repeat a run, and map the loss of training examples around where it ends, on `points` x `points` points.

    Directions are Gaussian, each filter of them (a row of a matrix, a kernel of a convolution) scaled to the norm of
    the solution's, and zero for weights with one axis (Li et al., Visualizing the loss landscape of neural nets,
    2018, arXiv:1712.09913, section 4). The path's plane is that of the first two principal components of its weights
    about the last ones (section 7 there). Raises `UsageError` for a run that does not end with finite weights.
    """
    device = torch.device(device_name)
    run = replace(prepare_run(spec, device, context), evaluation_steps=spec.task.evaluation_steps())
    visited: list[Tensor] = []
    state = TrainingState(Clock(device))

    def remember(point: Evaluation) -> None:
        visited.append(as_vector(run.model).cpu().double())

    train(run, state, remember)
    if state.diverged:
        raise UsageError(
            f"run {spec.run_id}: it diverged ({state.diverged}), so that it has no solution to look around"
        )
    generator = torch.Generator().manual_seed(seeds_for(spec.task.name, spec.seed).init)
    directions = [_filter_normalised(run.model, generator) for _ in range(2)]
    path, axes, explained = principal_plane(torch.stack(visited))
    unit = np.linspace(-1, 1, points)
    return Survey(
        around=_slice(run, visited[-1], directions, unit, unit),
        plane=_slice(run, visited[-1], axes, *(_reach(path[:, axis], points) for axis in range(2))),
        path=path,
        steps=tuple(point.step for point in state.evaluations),
        explained=explained,
        losses=tuple(point.validation_loss for point in state.evaluations),
    )


def principal_plane(path: Tensor) -> tuple[NDArray[np.float64], list[Tensor], tuple[float, float]]:
    """Return a path `[points, weights]` in its plane `[points, 2]`, the plane's two axes, and the shares they explain.

    The last point is the origin. Where the path is straight, or a single point, the second axis is zero.
    """
    offsets = path - path[-1]
    _, strengths, axes = torch.linalg.svd(offsets, full_matrices=False)
    shares = strengths.square() / strengths.square().sum().clamp_min(1e-300)
    chosen = [axes[i] if i < len(axes) and strengths[i] > 0 else torch.zeros_like(path[-1]) for i in range(2)]
    found = [float(shares[i]) if i < len(shares) else 0.0 for i in range(2)]
    return (offsets @ torch.stack(chosen).T).numpy(), chosen, (found[0], found[1])


def _filter_normalised(model: nn.Module, generator: torch.Generator) -> Tensor:
    parts = []
    for weight in map(as_real, model.parameters()):
        values = weight.detach().cpu().double()
        direction = torch.randn(values.shape, generator=generator, dtype=torch.float64)
        if values.ndim < 2:
            direction.zero_()
        else:
            rest = tuple(range(1, values.ndim))
            norms = [torch.linalg.vector_norm(each, dim=rest, keepdim=True) for each in (values, direction)]
            direction *= norms[0] / norms[1].clamp_min(1e-300)
        parts.append(direction.flatten())
    return torch.cat(parts)


def _reach(coordinates: NDArray[np.float64], points: int) -> NDArray[np.float64]:
    low, high = float(coordinates.min()), float(coordinates.max())
    margin = MARGIN * (high - low) or 1e-3
    return np.linspace(low - margin, high + margin, points)


def _slice(
    run: Training, solution: Tensor, axes: Sequence[Tensor], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Slice:
    model = run.model
    before = copy.deepcopy(model.state_dict())
    examples = evenly(run.splits.train, EXAMPLES)
    losses = np.empty((len(y), len(x)))
    model.eval()
    for i, j in np.ndindex(losses.shape):
        weights = solution + float(x[j]) * axes[0] + float(y[i]) * axes[1]
        place(model, weights)
        losses[i, j] = evaluate(run.predict, examples, run.loss).loss
    model.load_state_dict(before)
    return Slice(x, y, losses)
