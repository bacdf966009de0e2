"""What the optimizers do, built as optbench builds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import optbench
import pytest
import schedulefree
import torch
from optbench.testing import TOTAL_STEPS, Problem, Slope, Trial, distance, size
from torch import Tensor, nn

from optbench_schedulefree.build import builder
from optbench_schedulefree.table import OPTIMIZERS

STEPS = 8
BY_NAME = {component.name: component for component in OPTIMIZERS}
DECAYING_AT_Y = ["sf.adamw", "sf.adamw-paper", "sf.radam", "sf.wrapped-adagrad"]


class Small(Problem):
    """A matrix, biases, a convolution's weight and an embedding, in double precision."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(5, 4)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.linear = nn.Linear(12, 3)
        self.double()

    def loss(self, step: int) -> Tensor:
        image = self.embedding.weight.reshape(1, 1, 5, 4)
        return (self.linear(self.convolution(image).flatten(1)) - 1).square().sum()


def trial(component: optbench.Optimizer, **changes: Any) -> Trial[Small]:
    """An optimizer at work on the small model, as the training loop steps it."""
    return Trial(component, Small(), **changes)


def same(one: Trial[Small], another: Trial[Small]) -> bool:
    """Whether two are at the same weights, to nine digits, after as many steps."""
    weights = one.run(STEPS).weights
    return distance(weights, another.run(STEPS).weights) <= 1e-9 * size(weights)


@pytest.mark.parametrize("component", OPTIMIZERS, ids=lambda component: component.name)
def test_each_takes_finite_steps_that_lower_the_loss(component: optbench.Optimizer) -> None:
    work = trial(component, lr=0.02 * component.lr_ref if "sgd" in component.name else 0.01)
    first = work.run(1).last_loss
    assert math.isfinite(size(work.run(19).weights))
    assert work.last_loss < first


@pytest.mark.parametrize(
    ("name", "reference"),
    [("sf.sgd", schedulefree.SGDScheduleFreeReference), ("sf.adamw", schedulefree.AdamWScheduleFreeReference)],
)
def test_the_fast_and_the_reference_form_are_one_method(
    name: str, reference: type, capsys: pytest.CaptureFixture[str]
) -> None:
    component = BY_NAME[name]
    slow = optbench.Optimizer(
        name="slow", build=builder(reference), lr_ref=component.lr_ref, defaults=component.defaults
    )
    assert same(*(trial(c, weight_decay=0.1, warmup=0.1, lr=0.01) for c in (component, slow)))


def test_wrapping_plain_sgd_is_schedule_free_sgd() -> None:
    def wrapped(model: nn.Module, *, total_steps: int, lr: float) -> Any:
        wrapper = schedulefree.ScheduleFreeWrapperReference(torch.optim.SGD(model.parameters(), lr=lr))
        wrapper.train()
        return wrapper

    theirs = optbench.Optimizer(name="wrapped", build=wrapped, lr_ref=1.0)
    assert same(trial(BY_NAME["sf.sgd"], lr=0.01), trial(theirs, lr=0.01))


@pytest.mark.parametrize("base", ["RMSprop", "Adam", "AdamW", "NAdam", "Adadelta", "Adafactor", "Rprop", "ASGD"])
def test_the_wrapper_takes_no_base_that_sets_up_its_state_in_its_first_step(base: str) -> None:
    parameter = nn.Parameter(torch.ones(3, 2))
    wrapper = schedulefree.ScheduleFreeWrapperReference(getattr(torch.optim, base)([parameter], lr=0.01))
    wrapper.train()
    parameter.grad = torch.ones(3, 2)
    with pytest.raises(KeyError):
        wrapper.step()


@pytest.mark.parametrize("name", DECAYING_AT_Y)
def test_weight_decay_shrinks_z_by_the_rate_times_y(name: str) -> None:
    decay, lr = 0.1, 0.01
    paths = [_z_and_y(BY_NAME[name], lr, weight_decay) for weight_decay in (0.0, decay)]
    for step, (plain, decayed) in enumerate(zip(*paths, strict=True)):
        rate = decayed.rate
        torch.testing.assert_close(decayed.move, plain.move - rate * decay * decayed.y, rtol=0, atol=1e-12)
        assert rate > 0 or (name == "sf.radam" and step < 5)


@pytest.mark.parametrize("name", ["sf.sgd", "sf.adamw", "sf.adamw-paper", "sf.sgd-closure", "sf.adamw-closure"])
def test_the_warm_up_is_a_share_of_all_steps(name: str) -> None:
    groups = trial(BY_NAME[name], warmup=0.1).run(1).optimizer.param_groups
    assert {group["warmup_steps"] for group in groups} == {round(0.1 * TOTAL_STEPS)}
    assert groups[0]["scheduled_lr"] <= BY_NAME[name].lr_ref / round(0.1 * TOTAL_STEPS)


class _Step:
    def __init__(self, move: Tensor, y: Tensor, rate: float) -> None:
        self.move, self.y, self.rate = move, y, rate


def _z_and_y(component: optbench.Optimizer, lr: float, weight_decay: float) -> list[_Step]:
    """How z moves, and where from y, on a loss whose gradient ignores the weights."""
    work = Trial(component, Slope((3, 4)), lr=lr, weight_decay=weight_decay)
    (weight,), state = work.problem.weights, work.optimizer.state
    z: Callable[[], Tensor] = lambda: state[weight].get("z", weight).detach().clone()  # noqa: E731
    steps = []
    for _ in range(10):
        before, y = z(), weight.detach().clone()
        work.run(1)
        steps.append(_Step(z() - before, y, work.optimizer.param_groups[0].get("scheduled_lr", lr)))
    return steps
