"""Time the steps of several optimizers on one task, inside a worker process: in turn, round by round."""

from __future__ import annotations

import datetime as dt
import gc
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import psutil
import torch

from optbench.components.optimizer import Optimizer
from optbench.errors import UsageError
from optbench.execution.identity import environment_of, refuse_changed_sources
from optbench.registry.explanation import one_line
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec
from optbench.runs.timing import StepTimes, Timing
from optbench.training.clock import Clock
from optbench.training.loop import step
from optbench.training.prepare import prepare_run
from optbench.training.rates import peak_rates
from optbench.training.state import TrainingState

WARMUP = 20
"""Steps of each optimizer before the first round: they compile, allocate and fill caches."""
LEAST_SECONDS = 0.01
"""A block of steps lasts at least so long: a thousand times what a clock can tell, and longer than most stalls."""
USUAL_STEPS = 10
USUAL_SECONDS = 0.25
"""It has at least so many steps unless they take longer: some optimizers do more work in one of ten steps."""


def time_steps(
    suite: str, reference: str, specs: Sequence[RunSpec], rounds: int, place: Place, context: ExecutionContext
) -> Timing:
    """Time the steps that these runs of one task, one of each optimizer, would make.

    An optimizer that raises has a reason in place of times.
    """
    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    load, order, steppers, reasons = _load(), np.random.default_rng(0), dict[str, Stepper](), dict[str, str]()
    for spec in specs:
        with _noted(spec.optimizer, reasons):
            refuse_changed_sources(spec, context)
            steppers[spec.optimizer] = Stepper(spec, torch.device(place.device), context)
    gc.collect()
    for _ in range(rounds):
        for name in order.permutation([name for name in steppers if name not in reasons]):
            with _noted(name, reasons):
                steppers[name].measure()
    return Timing(
        suite=suite,
        task=specs[0].task.name,
        device=specs[0].device,
        reference=reference,
        rounds=rounds,
        warmup=WARMUP,
        optimizers=tuple(
            StepTimes(spec=spec, reason=reasons[spec.optimizer])
            if spec.optimizer in reasons
            else steppers[spec.optimizer].times()
            for spec in specs
        ),
        load=max(load, _load()),
        cores=os.cpu_count() or 1,
        started=started,
        environment=environment_of(specs[0], place.hardware, context),
    )


class Stepper:
    """An optimizer that makes steps of the training loop from the same weights, on the same batch, again and again.

    Weights are put back after each step, off the clock, so that none runs away however many steps there are; the
    optimizer's state goes on.
    """

    def __init__(self, spec: RunSpec, device: torch.device, context: ExecutionContext) -> None:
        run = prepare_run(spec, device, replace(context, diagnostics=()))
        self._spec, self._run = spec, replace(run, factor=lambda step: 1.0)
        self._batch = next(run.batches(0))
        self._weights = [(weight, weight.detach().clone()) for weight in run.model.parameters()]
        self._state = TrainingState(Clock(device), peak_rates(run.optimizer))
        self._measured: list[tuple[float, float]] = []
        self._evaluations_before = 0
        run.model.train()
        period = _period(context.registry().optimizer(spec.component).component, spec.hyperparameters)
        warmup = max(WARMUP, period)
        self._steps(warmup - warmup // 2)
        estimate, _ = self._steps(warmup // 2)
        self._block = block(estimate, period)
        self._evaluations_before = self._state.gradient_evaluations

    def measure(self) -> None:
        """Make one block of steps and keep what they took."""
        self._measured.append(self._steps(self._block))

    def times(self) -> StepTimes:
        """Return all that was measured."""
        evaluations = self._state.gradient_evaluations - self._evaluations_before
        return StepTimes(
            spec=self._spec,
            block=self._block,
            step_seconds=tuple(whole for whole, _ in self._measured),
            update_seconds=tuple(update for _, update in self._measured),
            gradient_evaluations=evaluations / (self._block * len(self._measured)),
        )

    def _steps(self, number: int) -> tuple[float, float]:
        """Make some steps; return the seconds of one as a whole and of its update alone, means over them."""
        state, run = self._state, self._run
        state.clock.settle()
        clock = state.clock = Clock(run.device)
        for _ in range(number):
            step(run, state, *self._batch)
            with torch.no_grad():
                for weight, start in self._weights:
                    weight.copy_(start)
        clock.settle()
        state.read_losses()
        if state.diverged:
            raise UsageError(state.diverged)
        update = clock.update_alone(run.takes_closure)
        return (clock.schedule.seconds + clock.gradient.seconds + update) / number, update / number


def block(seconds: float, period: int) -> int:
    """Return how many steps, of so many seconds each, a round measures: whole periods, long enough for the clock."""
    seconds = max(seconds, 1e-9)
    least = max(1, math.ceil(LEAST_SECONDS / seconds), min(USUAL_STEPS, int(USUAL_SECONDS / seconds)))
    return period * math.ceil(least / period)


def _period(component: Optimizer, hyperparameters: Mapping[str, object]) -> int:
    """Return after how many steps the costs of an optimizer's steps repeat."""
    period = hyperparameters[component.period] if isinstance(component.period, str) else component.period
    return max(1, int(period)) if isinstance(period, int | float) else 1


@contextmanager
def _noted(name: str, reasons: dict[str, str]) -> Iterator[None]:
    """Keep, in a line, why an optimizer could not be timed."""
    try:
        yield
    except UsageError as error:
        reasons[name] = str(error)
    except (Exception, SystemExit) as error:
        reasons[name] = one_line(error)


def _load() -> float:
    return float(psutil.getloadavg()[0])
