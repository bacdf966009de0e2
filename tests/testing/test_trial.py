"""The kit through its public door, as the tests of a plugin use it."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, get_args

import pytest
import torch

import optbench
from optbench.testing import (
    CHECKS,
    TOTAL_STEPS,
    Check,
    Network,
    NotApplicable,
    Outcome,
    Problem,
    Quadratic,
    Slope,
    Trial,
    Violation,
    Weights,
    distance,
    examine,
    size,
    state_bytes,
)

SGD = optbench.Optimizer(name="sgd", build=torch.optim.SGD, lr_ref=0.1, defaults={"weight_decay": 0.0})
ADAM = optbench.Optimizer(name="adam", build=torch.optim.Adam, lr_ref=0.1, defaults={"betas": (0.9, 0.999)})


def test_gradient_descent_on_a_quadratic_shrinks_the_gap_in_each_coordinate_by_its_curvature() -> None:
    problem = Quadratic((3, 2))
    curvature, centre = 1 + 0.5 * torch.tanh(problem.draws[1][0]), problem.draws[0][0]
    trial = Trial(SGD, problem)
    gap = trial.weights[0] - centre
    expected = centre + (1 - 0.1 * curvature) ** 5 * gap
    assert distance(trial.run(5).weights, [expected]) < 1e-12


def test_the_gradients_of_a_slope_do_not_depend_on_the_weights() -> None:
    small, large = (Trial(SGD, Slope((3, 2)), lr=lr).moves(4) for lr in (0.1, 0.2))
    for one, other in zip(small, large, strict=True):
        assert distance([2 * move for move in one], other) < 1e-12


def test_two_trials_of_one_optimizer_take_the_same_path() -> None:
    one, other = (Trial(ADAM, Network()).run(6).weights for _ in range(2))
    assert distance(one, other) == 0
    assert distance(one, [0 * weight for weight in one]) == size(one) > 0


def test_a_problem_of_ones_own_is_trained_like_the_others() -> None:
    class Parabola(Problem):
        def __init__(self) -> None:
            super().__init__()
            self.x = torch.nn.Parameter(torch.tensor(2.0))

        def loss(self, step: int) -> torch.Tensor:
            return self.x.square()

    trial = Trial(SGD, Parabola()).run(1)
    assert trial.last_loss == 4.0
    assert trial.problem.x.item() == pytest.approx(2 - 0.1 * 4)


def test_a_function_is_told_the_horizon_and_lists_become_tuples_as_from_a_record() -> None:
    told: dict[str, Any] = {}

    def build(model: torch.nn.Module, *, total_steps: int, **hyperparameters: Any) -> torch.optim.Optimizer:
        told.update(hyperparameters, total_steps=total_steps)
        return torch.optim.Adam(model.parameters(), **hyperparameters)

    Trial(dataclasses.replace(ADAM, build=build), Weights((2,)))
    assert told == {"lr": 0.1, "betas": (0.9, 0.999), "total_steps": TOTAL_STEPS}


def test_state_bytes_counts_tensors_with_an_axis_once() -> None:
    trial = Trial(ADAM, Weights((4, 3), dtype=torch.float32))
    assert state_bytes(trial.optimizer) == 0
    trial.problem.weights[0].grad = torch.ones(4, 3)
    trial.optimizer.step()
    assert state_bytes(trial.optimizer) == 2 * 4 * 12


def stands_still(component: optbench.Optimizer) -> None:
    """It does not move."""
    if component.lr_ref > 1:
        raise NotApplicable("it is in a hurry")
    if size(Trial(component, Slope((2,))).moves(1)[0]):
        raise Violation("it moves")


@pytest.mark.parametrize(
    ("component", "outcome", "seen"),
    [
        (SGD, Outcome.FAILED, "it moves"),
        (dataclasses.replace(SGD, lr_ref=2.0), Outcome.NOT_APPLICABLE, "it is in a hurry"),
        (dataclasses.replace(SGD, build=lambda model, *, total_steps, lr, **_: Still(model)), Outcome.PASSED, ""),
    ],
)
def test_a_check_of_ones_own_is_applied_like_the_others(
    component: optbench.Optimizer, outcome: Outcome, seen: str
) -> None:
    found = examine(Check("stands", "It should.", stands_still), "optimizer", component.name, lambda: component)
    assert (found.outcome, found.seen, found.expected) == (outcome, seen, "It does not move.")


class Still(torch.optim.SGD):
    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__(model.parameters(), lr=1.0)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        return None


def test_there_are_checks_of_each_kind_under_different_names() -> None:
    assert set(CHECKS) == {"optimizer", "model", "dataset", "task", "schedule", "loss", "metric"}
    for checks in CHECKS.values():
        assert len({check.name for check in checks}) == len(checks) > 0


def test_an_optimizer_is_built_with_the_weights_that_do_not_decay_in_a_group_of_their_own() -> None:
    model = torch.nn.Linear(3, 2)
    built = optbench.build_optimizer(SGD, model, 10, {"lr": 0.5, "weight_decay": 0.1})
    assert [(len(group["params"]), group["weight_decay"]) for group in built.param_groups] == [(1, 0.1), (1, 0.0)]


def test_the_words_of_a_declaration_are_what_its_types_say() -> None:
    for mode in get_args(optbench.WeightDecayMode):
        assert dataclasses.replace(SGD, weight_decay_mode=mode).weight_decay_mode == mode
    for invariance in get_args(optbench.Invariance):
        assert dataclasses.replace(SGD, invariances=(invariance,)).invariances == (invariance,)
    assert set(get_args(optbench.Space)) == {
        optbench.Choice,
        optbench.LogUniform,
        optbench.LogitUniform,
        optbench.Uniform,
    }
    with pytest.raises(optbench.OptbenchError, match="weight_decay_mode='huge' must be one of"):
        dataclasses.replace(SGD, weight_decay_mode="huge")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, True, 1, -0.5, "words", [1, [2.0]], (0.9, 0.999), {"a": {"b": 1}}])
def test_plain_data_is_what_a_record_can_hold(value: object) -> None:
    assert optbench.is_plain(value)
    json.dumps(value, allow_nan=False)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1j, {1, 2}, object(), torch.ones(1), b"bytes", [math.nan]])
def test_other_data_is_not(value: object) -> None:
    assert not optbench.is_plain(value)
