"""Which run's path is shown, and what it is drawn on."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from optbench.analysis.analysis import analyse
from optbench.analysis.paths import COLUMNS
from optbench.analysis.surface import surface, surfaces
from optbench.components.function import TestFunction
from optbench.errors import UnknownName
from optbench.runs.contours import contours_of
from optbench.store.results import Results
from tests.support.campaign import TASKS, Folder, campaign

BOWL = TestFunction(function=f"{__name__}:bowl", window=((-2, 2), (-1, 1)), minima=((0.0, 0.0),))


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 4 * y**2


def with_paths(test_function: TestFunction | None = BOWL, task: int = 0, recorded: bool = True) -> Results:
    """The made-up campaign, its first task on a bowl, with a spiral as the path of each run."""
    tasks = tuple(
        t.model_copy(update={"test_function": test_function}) if i == task else t for i, t in enumerate(TASKS)
    )
    results = campaign(Folder(tasks=tasks))
    step = results.frame["step"]
    paths = {"diagnostic:path.x": np.cos(step) * 0.99**step, "diagnostic:path.y": np.sin(step) * 0.99**step}
    contours = {TASKS[task].name: contours_of(test_function)} if test_function and recorded else {}
    sources = tuple(dataclasses.replace(source, contours=contours) for source in results.sources)
    return dataclasses.replace(results, frame=results.frame.assign(**paths), sources=sources)


def test_each_cell_shows_the_report_run_with_the_median_final_loss() -> None:
    analysis = analyse(with_paths())
    assert list(analysis.paths) == list(COLUMNS)
    assert set(analysis.paths["task"]) == {"quadratic"}
    assert (analysis.paths.groupby("optimizer")["run_id"].nunique() == 1).all()
    runs = analysis.runs[analysis.runs["is_report"] & (analysis.runs["task"] == "quadratic")]
    median = runs.groupby("optimizer")["final_validation_loss"].median()
    final = runs.set_index("run_id")["final_validation_loss"]
    for optimizer, path in analysis.paths.groupby("optimizer"):
        assert final[path["run_id"].iloc[0]] == median[optimizer]
        assert path["step"].tolist() == list(TASKS[0].evaluation_steps())


def test_failed_runs_are_the_worst_of_their_cell() -> None:
    results = with_paths(task=2)
    shown = analyse(results).paths
    assert shown["completed"].all(), "one of five diverged"
    failing = results.frame["phase"].eq("report") & results.frame["seed"].isin([1000, 1001, 1002])
    frame = results.frame.assign(status=results.frame["status"].mask(failing, "diverged"))
    assert not analyse(dataclasses.replace(results, frame=frame)).paths["completed"].any()


def test_coordinates_on_a_test_function_are_no_curves_and_others_are() -> None:
    numbers = analyse(with_paths()).diagnostic_runs
    assert set(numbers["quantity"]) == {"path.x", "path.y"}
    assert set(numbers["task"]) == {"digits-mlp", "chars"}


def test_without_a_test_function_or_without_the_diagnostic_there_is_no_path() -> None:
    assert analyse(with_paths(None)).paths.empty
    bare = with_paths()
    assert analyse(dataclasses.replace(bare, frame=campaign().frame)).paths.empty


def test_a_relief_is_the_function_over_its_window() -> None:
    found = surface(contours_of(BOWL))
    (x, y) = found.axes
    assert (x[0], x[-1], y[0], y[-1]) == (-2, 2, -1, 1)
    assert found.values[0, -1] == bowl(2, -1) == 8
    assert found.values[0, 100] == bowl(0, -1) == 4


def test_levels_are_equally_spaced_in_the_logarithm_above_the_lowest_point() -> None:
    found = surface(contours_of(TestFunction(function=f"{__name__}:raised", window=((-1, 3),))))
    ratios = (found.levels[1:] - found.values.min()) / (found.levels[:-1] - found.values.min())
    assert found.levels[0] > found.values.min()
    assert found.levels[-1] == pytest.approx(found.values.max())
    assert ratios == pytest.approx(np.full(len(ratios), ratios[0]))


def raised(x: np.ndarray) -> np.ndarray:
    return 7 + (x - 1) ** 2


def test_a_test_function_without_values_that_can_be_drawn_has_none() -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        contours_of(TestFunction(function=f"{__name__}:nowhere", window=((0, 1), (0, 1))))
    with pytest.raises(ValueError, match="all the same"):
        contours_of(TestFunction(function=f"{__name__}:flat", window=((0, 1), (0, 1))))


def test_a_surface_is_drawn_of_the_recorded_function_only() -> None:
    recorded = {task.name: contours_of(BOWL) for task in TASKS[:2]}
    other = BOWL.model_copy(update={"window": ((-1.0, 1.0), (-1.0, 1.0))})
    tasks = [task.model_copy(update={"test_function": f}) for task, f in zip(TASKS, (BOWL, other, BOWL), strict=True)]
    assert set(surfaces(tasks, recorded)) == {"quadratic"}


def flat(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0 * x
