"""Whether runs may train side by side, and whether that is faster: tried on their first batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from time import perf_counter

import torch
from torch import Tensor

from optbench.components.optimizer import Optimizer
from optbench.registry.explanation import one_line
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of
from optbench.training.batchnorm import buffers_kept
from optbench.training.clock import Clock
from optbench.training.loop import step
from optbench.training.rates import peak_rates
from optbench.training.seeding import undisturbed
from optbench.training.side_by_side.gradients import Batch, gradients
from optbench.training.side_by_side.stack import Stack
from optbench.training.small_model import small_training
from optbench.training.state import TrainingState
from optbench.training.training import Training, loss_of

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}
"""How far gradients of both forms may be apart, relative to the largest of a tensor."""
GAIN = 0.9
"""The most that the common gradients may take of the time of single ones, to be chosen; all of it where the update is
common too."""
ROUNDS = 7
INTERLEAVED = 4
"""Steps for which two optimizers take turns."""


def why_apart(runs: Sequence[Training], specs: Sequence[RunSpec], component: Optimizer) -> str:
    """Return, in a few words, why runs of one task and optimizer train one by one; empty where they need not.

    One that is left of a group trains in the group's form, whatever that takes: its numbers are then the same.
    """
    first = runs[0]
    if component.closure or component.create_graph or component.sparse:
        return "its optimizer asks for more than gradients"
    if first.group.world_size > 1:
        return "each run is spread over several processes"
    if first.diagnosis.is_on:
        return "diagnostics look at single runs"
    if _shapes(runs[0]) != _shapes(runs[-1]):
        return "their models differ"
    if _disturb_each_other(component, specs[0], specs[-1]):
        return "optimizers of this class disturb each other"
    with ExitStack() as stack:
        stack.enter_context(undisturbed())
        for run in runs:
            stack.enter_context(buffers_kept(run.model))
        try:
            return _tried(runs, 1.0 if component.elementwise else GAIN)
        except Exception as error:
            return f"its gradients cannot be computed together: {one_line(error)}"


def _tried(runs: Sequence[Training], gain: float) -> str:
    """Compare gradients and times; they are computed before any stream is set, so that nothing may be drawn."""
    first, stack = runs[0], Stack([run.model for run in runs])
    batches = [next(run.batches(0)) for run in runs]
    _, together = gradients(first, stack, batches)
    for member in {0, len(runs) - 1}:
        alone = _alone(runs[member], batches[member])
        for name, expected in alone.items():
            found = together[name]
            if (found is None) != (expected is None):
                return f"its gradient of {name} is another one when it is computed together"
            if found is not None and expected is not None and not _agree(found[member], expected):
                return f"its gradient of {name} is another one when it is computed together"
    if len(runs) == 1:
        return ""
    share = _time_of_both(lambda: gradients(first, stack, batches), lambda: _alone(first, batches[0]), first.device)
    return "" if share <= gain * len(runs) else "single runs are as fast"


def _alone(run: Training, batch: Batch) -> dict[str, Tensor | None]:
    named = {name: parameter for name, parameter in run.model.named_parameters() if parameter.requires_grad}
    found = torch.autograd.grad(loss_of(run, *batch), list(named.values()), allow_unused=True)
    return dict(zip(named, found, strict=True))


def _agree(found: Tensor, expected: Tensor) -> bool:
    scale = float(expected.abs().max()) if expected.numel() else 0.0
    tolerance = TOLERANCE.get(expected.real.dtype if expected.is_complex() else expected.dtype, 1e-2)
    return torch.allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


def _time_of_both(one: Callable[[], object], other: Callable[[], object], device: torch.device) -> float:
    """Return how many times as long one action takes as the other, at best: other work on the machine only adds."""
    seconds: list[list[float]] = [[], []]
    for _, (action, of_action) in itertools.product(range(ROUNDS), zip((one, other), seconds, strict=True)):
        begun = perf_counter()
        action()
        backend_of(device).synchronize(device)
        of_action.append(perf_counter() - begun)
    return min(seconds[0]) / min(seconds[1])


def _shapes(run: Training) -> list[tuple[str, torch.Size]]:
    return [(name, tensor.shape) for name, tensor in run.model.state_dict().items()]


def _disturb_each_other(component: Optimizer, one: RunSpec, other: RunSpec) -> bool:
    """Whether two optimizers that take turns, each on a small model, come to other weights than one after the other."""

    def train(specs: Sequence[RunSpec], turns: Callable[[list[Callable[[], None]]], None]) -> list[list[Tensor]]:
        runs = [
            small_training(component, spec.hyperparameters, spec.task.steps, INTERLEAVED, lambda step: 1.0)
            for spec in specs
        ]
        turns([_stepper(run) for run in runs])
        return [[parameter.detach() for parameter in run.model.parameters()] for run in runs]

    def in_sequence(steppers: list[Callable[[], None]]) -> None:
        for stepper in steppers:
            for _ in range(INTERLEAVED):
                stepper()

    def in_turn(steppers: list[Callable[[], None]]) -> None:
        for _, stepper in itertools.product(range(INTERLEAVED), steppers):
            stepper()

    with undisturbed():
        apart, together = train((one, other), in_sequence), train((one, other), in_turn)
    return not all(
        torch.equal(a.nan_to_num(), b.nan_to_num())
        for first, second in zip(apart, together, strict=True)
        for a, b in zip(first, second, strict=True)
    )


def _stepper(run: Training) -> Callable[[], None]:
    state, batches = TrainingState(Clock(run.device), peak_rates(run.optimizer)), run.batches(0)
    return lambda: step(run, state, *next(batches))
