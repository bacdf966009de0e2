"""Whether runs train side by side: a function of what they are, tried on their first batches, never of any clock.

A choice by measured times would be another one now and then, and with it the last digits of a campaign that is
continued or repeated.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from optbench.components.device import DEVICE_KINDS
from optbench.components.optimizer import Optimizer
from optbench.registry.explanation import one_line
from optbench.runs.spec import RunSpec
from optbench.training.batchnorm import buffers_kept
from optbench.training.clock import Clock
from optbench.training.evaluation import evaluation_mode
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
ARITHMETIC = "its steps are arithmetic, which takes as long together"
INTERLEAVED = 3
"""Steps for which two optimizers take turns."""


def why_apart(runs: Sequence[Training], specs: Sequence[RunSpec], component: Optimizer) -> str:
    """Return, in a few words, why runs of one task and optimizer train one by one; empty where they need not.

    A single run has the form that it would have in a group: its numbers are the same.
    """
    first = runs[0]
    if component.closure or component.create_graph or component.sparse:
        return "its optimizer asks for more than gradients"
    if operations(first) >= DEVICE_KINDS[first.device.type].side_by_side_below:
        return ARITHMETIC
    if first.group.world_size > 1:
        return "each run is spread over several processes"
    if first.diagnosis.is_on:
        return "diagnostics look at single runs"
    if _shapes(runs[0]) != _shapes(runs[-1]):
        return "their models differ"
    if not component.elementwise and (reason := _what_is_odd_about(component, specs[0], specs[-1])):
        return reason
    with ExitStack() as stack:
        stack.enter_context(undisturbed())
        for run in runs:
            stack.enter_context(buffers_kept(run.model))
        try:
            return _tried(runs)
        except Exception as error:
            return f"its gradients cannot be computed together: {one_line(error)}"


def _tried(runs: Sequence[Training]) -> str:
    """Compare gradients, and what a forward pass leaves in buffers; no stream is set, so that nothing may be drawn."""
    batches = [next(run.batches(0)) for run in runs]
    alone = {member: _alone(runs[member], batches[member]) for member in (0, len(runs) - 1)}
    _, together = gradients(runs[0], stack := Stack([run.model for run in runs]), batches)
    for member, (expected, buffers) in alone.items():
        found = {name: None if of_all is None else of_all[member] for name, of_all in together.items()}
        for name in expected:
            if not _agree(found[name], expected[name]):
                return f"its gradient of {name} is another one when it is computed together"
        for name, expected_buffer in buffers.items():
            if not _agree(stack.buffers[name][member], expected_buffer):
                return f"its buffer {name} becomes another one when it is computed together"
    return ""


def operations(run: Training) -> int:
    """Return the floating-point operations of the products and convolutions of a step's forward and backward pass."""
    with undisturbed(), FlopCounterMode(display=False) as counter:
        _alone(run, next(run.batches(0)))
    return int(counter.get_total_flops())


def _alone(run: Training, batch: Batch) -> tuple[dict[str, Tensor | None], dict[str, Tensor]]:
    """The gradients of a single run, and its buffers afterwards, which are put back."""
    named = {name: parameter for name, parameter in run.model.named_parameters() if parameter.requires_grad}
    with buffers_kept(run.model):
        found = torch.autograd.grad(loss_of(run, *batch), list(named.values()), allow_unused=True)
        buffers = {name: buffer.clone() for name, buffer in run.model.named_buffers()}
    return dict(zip(named, found, strict=True)), buffers


def _agree(found: Tensor | None, expected: Tensor | None) -> bool:
    if found is None or expected is None:
        return found is expected
    scale = float(expected.abs().max()) if expected.numel() else 0.0
    tolerance = TOLERANCE.get(expected.real.dtype if expected.is_complex() else expected.dtype, 1e-2)
    return torch.allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


def _shapes(run: Training) -> list[tuple[str, torch.Size]]:
    return [(name, tensor.shape) for name, tensor in run.model.state_dict().items()]


def _small(component: Optimizer, spec: RunSpec, steps: int) -> Training:
    run = small_training(component, spec.hyperparameters, spec.task.steps, steps, lambda step: 1.0)
    with evaluation_mode(run.model, run.optimizer):
        return run  # in training mode, as after the evaluation that each run begins with


def _what_is_odd_about(component: Optimizer, one: RunSpec, other: RunSpec) -> str:
    try:
        if _keeps_gradients(component, one):
            return "its optimizer keeps gradients from one step to the next"
        if _disturb_each_other(component, one, other):
            return "optimizers of this class disturb each other"
    except Exception as error:
        return f"its optimizer cannot be tried on a small model: {one_line(error)}"
    return ""


def _keeps_gradients(component: Optimizer, spec: RunSpec) -> bool:
    """Whether `zero_grad` leaves something of a step's gradients, to which the next ones are added."""
    with undisturbed():
        run = _small(component, spec, 1)
        _stepper(run)()
        run.optimizer.zero_grad()
        gradients = [parameter.grad for parameter in run.model.parameters()]
        return any(gradient is not None and bool(gradient.any()) for gradient in gradients)


def _disturb_each_other(component: Optimizer, one: RunSpec, other: RunSpec) -> bool:
    """Whether two optimizers that take turns, each on a small model, come to other weights than one after the other."""

    def train(specs: Sequence[RunSpec], turns: Callable[[list[Callable[[], None]]], None]) -> list[list[Tensor]]:
        runs = [_small(component, spec, INTERLEAVED) for spec in specs]
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
