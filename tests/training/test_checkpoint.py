"""A run that is stopped at any step and resumed from its checkpoint is the run, bit for bit, or it starts again."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.components.optimizer import Optimizer
from optbench.execution.checkpoints import loaded, serialised
from optbench.registry.registry import Registry
from optbench.training.checkpoint import NotRestored
from optbench.training.diagnostics import Diagnosis
from optbench.training.loop import train
from optbench.training.rates import peak_rates
from optbench.training.restorable import why_not_restorable
from optbench.training.training import Training
from tests.support.interrupted import STEPS, begun, built, outcome, resumed, stopped, whole
from tests.training.test_loop import CPU

BY_NAME = {component.name: component for component in OPTIMIZERS}


def why(component: Optimizer, **hyperparameters: Any) -> str:
    given = {**component.defaults, "lr": component.lr_ref, **hyperparameters}
    return why_not_restorable(component, given, STEPS, lambda part: loaded(serialised(part), CPU))


@pytest.mark.parametrize("component", OPTIMIZERS, ids=lambda component: component.name)
def test_a_resumed_run_is_the_run_with_every_optimizer(component: Optimizer) -> None:
    step = random.Random(component.name).randrange(STEPS)
    assert resumed(built(component), stopped(built(component), step)) == whole(built(component))
    assert not why(component)


@settings(max_examples=15)
@given(
    name=st.sampled_from(["adam", "momentum", "sgd", "muon"]),
    step=st.integers(0, STEPS - 1),
    sampling=st.sampled_from(["shuffle", "replacement"]),
    primary=st.sampled_from(["final", "best"]),
    schedule=st.sampled_from(["constant", "warmup-cosine", "step"]),
)
def test_a_resumed_run_is_the_run_from_any_step(name: str, step: int, **changes: Any) -> None:
    component = BY_NAME[name]
    checkpoint = stopped(built(component, **changes), step)
    assert resumed(built(component, **changes), checkpoint) == whole(built(component, **changes))


def test_a_run_may_be_resumed_more_than_once() -> None:
    component = BY_NAME["adam"]
    first = stopped(built(component), 17)
    second = stopped(built(component), 40, first)
    assert resumed(built(component), second) == whole(built(component))


def test_peak_rates_are_not_read_from_groups_that_hold_the_decayed_ones() -> None:
    component = BY_NAME["momentum"]
    checkpoint = stopped(built(component), 40)
    run = built(component)
    state = begun(run, checkpoint)
    assert run.optimizer.param_groups[0]["lr"] < 0.2 * component.lr_ref
    assert state.peak_rates == [component.lr_ref]
    state.peak_rates = peak_rates(run.optimizer)  # what a resumption would find that forgot them
    train(run, state, lambda point: None)
    assert outcome(run, state) != whole(built(component))


class Stateful(torch.optim.SGD):
    """Plain SGD, from which others differ in what they keep."""

    def step(self, closure: Any = None) -> Any:
        for weight in self.param_groups[0]["params"]:
            self.keep(self.state[weight], weight)
        return super().step(closure)

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        """Change something."""


class InHalf(Stateful):
    """torch casts such a state to the type of its weight when it is loaded (pytorch/pytorch#43706)."""

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        state["mean"] = weight.grad.bfloat16() if weight.grad is not None else None


class Counting(Stateful):
    """Counts where no state_dict looks; what it would do with it might come after a thousand steps."""

    count = 0

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        self.count += 1


class Drawing(Stateful):
    """Has a generator of its own."""

    def __init__(self, params: Any, lr: Any) -> None:
        super().__init__(params, lr=lr)
        self.generator = random.Random(0)

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        self.generator.random()


class OfForeignObjects(Stateful):
    """Has in its state what is no plain data."""

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        state.setdefault("means", deque(maxlen=3)).append(1.0)


class Forgetful(Stateful):
    """Leaves its state out of what it saves."""

    def keep(self, state: dict[str, Any], weight: Tensor) -> None:
        if weight.grad is not None:
            weight.grad = state["mean"] = weight.grad + 0.9 * state.get("mean", 0.0)

    def state_dict(self) -> Any:
        return super().state_dict() | {"state": {}}


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (InHalf, "on a small model state.0.mean of its optimizer is not the same after it was saved and loaded"),
        (Counting, "its optimizer keeps count outside of its state_dict"),
        (Drawing, "its optimizer keeps generator outside of its state_dict"),
        (OfForeignObjects, "on a small model it has more than plain data and tensors: collections.deque"),
        (Forgetful, "its optimizer keeps state.0.mean outside of its state_dict"),
    ],
)
def test_an_optimizer_that_cannot_be_restored_is_found_out_before_it_is_used(
    build: type[torch.optim.Optimizer], reason: str
) -> None:
    assert why(Optimizer(name="other", build=build, lr_ref=0.1)) == reason


def test_one_that_says_so_is_not_tried() -> None:
    limited = dataclasses.replace(BY_NAME["adam"], limits={"state-dict": "its moments are lost"})
    assert why(limited) == "its optimizer does not go on from its state_dict: its moments are lost"


class CountsBatches(nn.Module):
    """Does something else after each batch, and does not say so in its state."""

    batches = 0

    def forward(self, inputs: Tensor) -> Tensor:
        self.batches += self.training
        return inputs * (1 + 0.01 * self.batches)


def with_a_part(part: nn.Module) -> Training:
    component = BY_NAME["sgd"]
    run = built(component)
    assert isinstance(run.model, nn.Sequential)
    run.model.insert(1, part)
    return run


def test_a_model_that_keeps_something_else_is_not_resumed() -> None:
    checkpoint = stopped(with_a_part(CountsBatches()), 20)
    with pytest.raises(NotRestored, match=r"its model keeps 1\.batches outside of its state_dict"):
        resumed(with_a_part(CountsBatches()), checkpoint)


@pytest.mark.parametrize("part", [lambda: nn.BatchNorm1d(16), lambda: nn.PReLU()])
def test_buffers_are_restored(part: Callable[[], nn.Module]) -> None:
    checkpoint = stopped(with_a_part(part()), 20)
    assert resumed(with_a_part(part()), checkpoint) == whole(with_a_part(part()))


def test_a_schedule_that_counts_its_calls_is_where_it_was() -> None:
    def counting() -> Training:
        steps = itertools.count(1)
        return dataclasses.replace(built(BY_NAME["sgd"]), factor=lambda step: 1 / next(steps))

    assert resumed(counting(), stopped(counting(), 30)) == whole(counting())


@pytest.mark.parametrize("step", [0, 9, 16, 17, 40])
def test_a_diagnostic_that_remembers_is_where_it_was(step: int, registry: Registry) -> None:
    def diagnosed() -> Training:
        run = built(BY_NAME["momentum"])
        names = ("layers", "gradient-norm")
        return dataclasses.replace(run, diagnosis=Diagnosis(names, registry, run.model, run.optimizer))

    found = resumed(diagnosed(), stopped(diagnosed(), step))
    assert found == whole(diagnosed())
    assert any("update" in place for place in found.points)
