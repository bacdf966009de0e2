"""What steps cost, measured in turn in one process: what is inside of a measurement, and what is not."""

from __future__ import annotations

from statistics import median

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from optbench.execution import timing
from optbench.execution.timing import Stepper, block, time_steps
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec
from optbench.runs.timing import StepTimes, Timing
from tests.conftest import SUPPORT
from tests.support.timed_plugin import NAP, PERIOD, SIESTA

CPU = torch.device("cpu")
CONTEXT = ExecutionContext(plugins=(str(SUPPORT / "timed_plugin.py"),), distributions=("optbench",))


def spec(optimizer: str, **task: object) -> RunSpec:
    registry = CONTEXT.registry()
    component = registry.optimizers[optimizer].component
    return RunSpec(
        task=registry.tasks["linear-regression"].component.model_copy(update=task),
        data_checksum="",
        optimizer=optimizer,
        component=optimizer,
        revisions={},
        hyperparameters={**component.defaults, "lr": component.lr_ref},
        schedule="constant",
        seed=0,
        phase="tune",
        device="cpu",
    )


def timed(*optimizers: str, rounds: int = 3) -> Timing:
    return time_steps("s", "sgd", [*map(spec, optimizers)], rounds, Place("cpu", "a processor"), CONTEXT)


def of(timing: Timing, optimizer: str) -> StepTimes:
    return next(found for found in timing.optimizers if found.spec.optimizer == optimizer)


@given(seconds=st.floats(1e-6, 10), period=st.integers(1, 1000))
def test_a_block_is_whole_periods_and_long_enough_for_a_clock(seconds: float, period: int) -> None:
    steps = block(seconds, period)
    assert steps % period == 0
    assert steps * seconds >= timing.LEAST_SECONDS * (1 - 1e-9)
    assert steps <= max(timing.USUAL_STEPS, timing.LEAST_SECONDS / seconds + 1) + period


@pytest.mark.parametrize(("seconds", "steps"), [(1e-4, 100), (5e-3, 10), (0.1, 2), (1.0, 1)])
def test_a_block_has_ten_steps_unless_they_are_very_fast_or_slow(seconds: float, steps: int) -> None:
    assert block(seconds, 1) == steps


def test_what_an_optimizer_sleeps_is_in_its_update_and_not_in_the_rest_of_a_step() -> None:
    found = timed("naps")
    naps = of(found, "naps")
    assert len(naps.step_seconds) == len(naps.update_seconds) == found.rounds == 3
    assert min(naps.update_seconds) >= NAP
    rest = [step - update for step, update in zip(naps.step_seconds, naps.update_seconds, strict=True)]
    assert 0 < median(rest) < NAP
    assert found.machine and found.cores >= 1 and found.load >= 0


def test_a_step_of_an_optimizer_that_does_more_now_and_then_is_a_whole_period() -> None:
    found = of(timed("sleeps-in"), "sleeps-in")
    assert found.block % PERIOD == 0
    assert min(found.update_seconds) >= SIESTA / PERIOD


def test_an_optimizer_that_raises_has_a_reason_and_the_others_have_times() -> None:
    found = timed("sgd", "gives-up")
    assert of(found, "gives-up").reason == "RuntimeError: thirty steps are enough"
    assert of(found, "gives-up").step_seconds == ()
    assert len(of(found, "sgd").step_seconds) == 3


def test_a_closure_belongs_to_the_step_and_not_to_the_update() -> None:
    found = of(timed("lbfgs", rounds=1), "lbfgs")
    assert found.gradient_evaluations > 1
    assert 0 < found.update_seconds[0] < found.step_seconds[0]


def test_every_round_measures_each_optimizer_once_in_an_order_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    measure = Stepper.measure

    def noted(stepper: Stepper) -> None:
        order.append(stepper._spec.optimizer)
        measure(stepper)

    monkeypatch.setattr(Stepper, "measure", noted)
    names = ("sgd", "momentum", "adam", "rmsprop")
    timed(*names, rounds=8)
    rounds = [tuple(order[i : i + 4]) for i in range(0, 32, 4)]
    assert all(sorted(names) == sorted(each) for each in rounds)
    assert len(set(rounds)) > 4


def test_steps_begin_at_the_same_weights_so_that_no_rate_makes_them_run_away() -> None:
    fast = spec("sgd").model_copy(update={"hyperparameters": {"lr": 1e6}})
    stepper = Stepper(fast, CPU, CONTEXT)
    before = [weight.detach().clone() for weight in stepper._run.model.parameters()]
    for _ in range(3):
        stepper.measure()
    after = stepper._run.model.parameters()
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert min(stepper.times().step_seconds) > 0


def test_an_optimizer_is_on_the_batch_that_all_others_are_on() -> None:
    batches = [Stepper(spec(name), CPU, CONTEXT)._batch for name in ("sgd", "adam")]
    assert all(torch.equal(*pair) for pair in zip(*batches, strict=True))


def test_data_is_no_part_of_a_step() -> None:
    """Sin 11: the batch is there before the clock starts, and nothing is evaluated."""
    stepper = Stepper(spec("sgd"), CPU, CONTEXT)
    stepper.measure()
    clock = stepper._state.clock
    assert (clock.data.seconds, clock.eval.seconds, clock.prepare.seconds) == (0.0, 0.0, 0.0)
