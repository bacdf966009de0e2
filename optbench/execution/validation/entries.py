"""What a plan asks about an entry before anything runs, in a worker process: what is it, and does it work?"""

from __future__ import annotations

import inspect
import json

import torch

from optbench.components.component import IMPORT_STRING, resolve
from optbench.errors import UsageError
from optbench.execution.validation.remedies import Tried, explain
from optbench.execution.validation.trials import Mistake
from optbench.registry.guard import contained
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.suite.resolve import Imported
from optbench.training.clock import Clock
from optbench.training.evaluation import evaluation_mode
from optbench.training.loop import step, train
from optbench.training.optimizers import plain_defaults
from optbench.training.prepare import prepare_run, reset_torch
from optbench.training.rates import peak_rates
from optbench.training.schedules import Factor, factors
from optbench.training.small_model import small_training
from optbench.training.state import TrainingState
from optbench.training.training import Training

FEW, MANY = 2, 12
"""Steps on a small model: to see whether an optimizer works, and what it does, which some begin late."""

_CPU = torch.device("cpu")


def inspect_import(import_string: str, context: ExecutionContext) -> Imported:
    """Look at the optimizer that an import string names: its default learning rate, its other defaults."""
    context.registry()
    build = resolve(import_string)
    argument = inspect.signature(build).parameters.get("lr")
    lr = float(argument.default) if argument and isinstance(argument.default, float | int) else None
    return Imported(lr, plain_defaults(build))


def mistake_in_entry(spec: RunSpec, context: ExecutionContext) -> Mistake | None:
    """Have the optimizer of a run train a small model, as the training loop does; return why it cannot."""
    with contained(None) as attempt:
        _trained(_small_run(spec, context, FEW, lambda step: 1.0))
    if attempt.error is None:
        return None
    return Mistake(explain(attempt.error, _tried(spec, context)), everywhere=isinstance(attempt.error, UsageError))


def why_no_schedule(spec: RunSpec, context: ExecutionContext) -> str:
    """Say why the optimizer of a run follows no schedule; empty where it does, or where it cannot be seen."""
    with contained(None):
        start = _small_run(spec, context, MANY, lambda step: 1.0)
        if all(rate is None for rate in peak_rates(start.optimizer)):
            return "its groups have no lr; runs use its rate throughout"
        straight = _trained(_small_run(spec, context, MANY, lambda step: 1.0))
        halved = _trained(_small_run(spec, context, MANY, lambda step: 0.5 if step else 1.0))
        if _same(straight, halved) and not _same(straight, start):
            return "its steps do not depend on its groups' lr; runs use its rate throughout"
    return ""


def why_not_repeatable(spec: RunSpec, context: ExecutionContext) -> str:
    """Say that the optimizer of a run takes other steps from the same seed; empty where it does not, bit for bit."""
    with contained(None):
        once, again = (_trained(_small_run(spec, context, MANY, lambda step: 1.0)).model for _ in range(2))
        pairs = zip(once.parameters(), again.parameters(), strict=True)
        if not all(torch.allclose(a, b, rtol=0, atol=0, equal_nan=True) for a, b in pairs):
            return "with the same seed it takes other steps when it is run again"
    return ""


def has_constant_rate(spec: RunSpec, context: ExecutionContext) -> bool:
    """Whether a run's schedule has one factor throughout."""
    schedule = context.registry().schedule(spec.schedule).component
    return len(set(factors(schedule, spec.task.steps, spec.task.warmup))) == 1


def makes_a_step(spec: RunSpec, context: ExecutionContext) -> bool:
    """Whether a run's optimizer makes a step on its task: it may be written for a model of the user's own."""
    with contained(None) as attempt:
        run = prepare_run(spec, _CPU, context)
        with evaluation_mode(run.model, run.optimizer):
            pass
        step(run, TrainingState(Clock(_CPU), peak_rates(run.optimizer)), *next(run.batches(0)))
    return attempt.error is None


def _small_run(spec: RunSpec, context: ExecutionContext, steps: int, factor: Factor) -> Training:
    """Build a small run for the optimizer of a real one."""
    reset_torch(1, _CPU)
    component = context.registry().optimizer(spec.component).component
    return small_training(component, spec.hyperparameters, spec.task.steps, steps, factor)


def _trained(run: Training) -> Training:
    train(run, TrainingState(Clock(_CPU)), lambda point: None)
    return run


def _same(one: Training, other: Training) -> bool:
    return all(map(torch.equal, one.model.parameters(), other.model.parameters()))


def _tried(spec: RunSpec, context: ExecutionContext) -> Tried:
    component = context.registry().optimizer(spec.component).component
    is_bare = IMPORT_STRING.match(spec.component) is not None
    defaults, first_argument = component.defaults, ""
    with contained(None):  # it may not even be there
        build = resolve(component.build)
        first_argument = next(iter(inspect.signature(build).parameters), "")
        defaults = plain_defaults(build) if is_bare else defaults
    return Tried(component, is_bare, json.loads(json.dumps(dict(defaults))), spec.hyperparameters, first_argument)
