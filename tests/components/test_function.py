from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from optbench import Task, TestFunction
from optbench.registry.registry import Registry


def test_what_cannot_be_drawn_is_refused() -> None:
    good: dict[str, Any] = {"function": "my:bowl", "window": [[-1, 1], [0, 2]], "minima": [[0, 1]]}
    assert str(TestFunction(**good)) == "my:bowl on [-1, 1] x [0, 2]"
    for change, message in (
        ({"function": "bowl"}, "'bowl' is no import string"),
        ({"window": [[1, 1], [0, 2]]}, r"\[1, 1\] is no range"),
        ({"window": []}, "at least 1 item"),
        ({"window": [[0, 1]] * 3}, "at most 2 items"),
        ({"minima": [[0]]}, r"\[0.0\] does not fit a window of 2 parameters"),
    ):
        with pytest.raises(ValidationError, match=message):
            TestFunction(**good | change)


def test_a_test_function_is_no_part_of_what_a_run_is(registry: Registry) -> None:
    from optbench.runs.spec import RunSpec

    def run_id(task: Task) -> str:
        return RunSpec(
            task=task,
            data_checksum="",
            optimizer="sgd",
            component="sgd",
            revisions={},
            hyperparameters={"lr": 0.1},
            schedule="constant",
            seed=0,
            phase="report",
            device="cpu",
        ).run_id

    task = registry.tasks["rosenbrock"].component
    assert run_id(task) == run_id(task.model_copy(update={"test_function": None}))
    assert run_id(task) != run_id(task.model_copy(update={"steps": 7}))
