"""`python -m scripts.measure_targets`: the medians it prints, and the mistakes it names."""

from __future__ import annotations

from pathlib import Path

import pytest

import optbench
from optbench.components.task import Task
from optbench.errors import UsageError
from scripts.measure_targets import measure_targets, measured
from tests.scripts.conftest import Run
from tests.support.campaign import TASKS, Folder, campaign


def test_targets_are_medians_over_the_report_runs_at_the_end_and_at_half_of_the_steps(
    results: Path, script: Run
) -> None:
    frame = optbench.load_results(results).query("optimizer == 'adam' and phase == 'report'")
    half, end = (frame[frame.step == step].validation_metric.median() for step in (10, 20))
    assert script(measure_targets, results, "adam") == (
        0,
        [
            f"linear-regression: easy {half:.4g} (step 10 of 20, 3 of 3 runs)",
            f"linear-regression: target {end:.4g} (step 20 of 20, 3 of 3 runs)",
        ],
        [],
    )


def test_a_folder_that_holds_no_results_is_one_line_and_exit_code_2(tmp_path: Path, script: Run) -> None:
    assert script(measure_targets, tmp_path, "adam") == (
        2,
        [],
        [f"measure-targets: {str(tmp_path)!r} is no results folder: it has no suite.json"],
    )


def test_an_optimizer_that_is_not_in_the_suite_is_named_with_the_closest(results: Path, script: Run) -> None:
    code, out, err = script(measure_targets, results, "adan")
    assert (code, out) == (2, [])
    assert err == ["measure-targets: unknown optimizer 'adan'; did you mean 'adam'?"]


def test_a_missing_argument_is_one_line_and_exit_code_2(results: Path, script: Run) -> None:
    assert script(measure_targets, results) == (2, [], ["measure-targets: Missing argument 'OPTIMIZER'."])


def test_a_task_that_is_not_evaluated_at_half_of_its_steps_has_no_easy_target() -> None:
    odd = Task(**(TASKS[2].model_dump() | {"evaluations": 4}))
    with pytest.raises(UsageError, match="chars: step 500 is no evaluation point"):
        list(measured(campaign(Folder(tasks=(odd,))), "sgd"))
