"""A test function is that of its task wherever a run may begin, and another function is told from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from optbench.builtin.datasets.nothing import build
from optbench.builtin.models.surface import Surface
from optbench.builtin.surfaces import SURFACES
from optbench.builtin.tasks.surfaces import TASKS
from optbench.components.function import TestFunction
from optbench.training.contours import misfit
from optbench.training.training import Training
from tests.support.built_in import find_loss

TEST_FUNCTIONS = {task.name: task.test_function for task in TASKS}


def words(task: str, **options: Any) -> str:
    test_function = TEST_FUNCTIONS[task]
    assert isinstance(test_function, TestFunction)
    model = Surface((1,), 1, **({"function": task} | options))
    run = SimpleNamespace(model=model, predict=model, loss=find_loss("mean_output"), splits=build({}))
    return misfit(test_function, cast(Training, run))


@pytest.mark.parametrize("away", [0.0, 1e-4, 1e-3, 0.1])
@pytest.mark.parametrize("task", SURFACES)
def test_near_a_minimum_rounding_is_no_misfit(task: str, away: float) -> None:
    test_function = TEST_FUNCTIONS[task]
    assert test_function is not None
    for minimum in test_function.minima:
        assert words(task, start=[coordinate + away for coordinate in minimum]) == ""


@pytest.mark.parametrize("task", [task for task in SURFACES if task != "parabola"])
def test_another_function_is(task: str) -> None:
    others = [name for name in SURFACES if name not in (task, "parabola")]
    for other in others:
        assert f"the test function optbench.builtin.formulas:{task} is" in words(task, function=other)
    assert words(task, function="parabola") == "the model has 1 parameters, the test function 2"
