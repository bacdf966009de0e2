from __future__ import annotations

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.runs.record import RunStatus
from tests.support.campaign import CRASHING, EDGE, ONE_DIVERGED, OPTIMIZERS, STUCK, TASKS


def cell(table: pd.DataFrame, pair: tuple[str, str]) -> pd.Series:
    return table[(table["optimizer"] == pair[0]) & (table["task"] == pair[1])].iloc[0]


def test_there_is_one_row_per_planned_cell(analysis: Analysis) -> None:
    assert len(analysis.quality) == len(TASKS) * len(OPTIMIZERS)


def test_every_planned_report_run_ends_in_one_status_or_is_missing(analysis: Analysis) -> None:
    ended = analysis.quality[[str(status) for status in RunStatus] + ["missing"]].sum(axis=1)
    assert (ended == analysis.quality["planned"]).all()


def test_a_cell_without_a_successful_trial_has_skipped_reports_and_no_learning_rate(analysis: Analysis) -> None:
    row = cell(analysis.quality, CRASHING)
    assert (row["skipped"], row["completed"], row["tune_broken"]) == (5, 0, 9)
    assert row["lr"] != row["lr"] and row["mean"] != row["mean"]
    assert not row["best"]


def test_diverged_tuning_runs_are_counted_apart_from_broken_ones(analysis: Analysis) -> None:
    row = cell(analysis.quality, ("sgd", "chars"))
    assert (row["tune_diverged"], row["tune_broken"], row["n_trials"], row["tune_runs"]) == (2, 0, 9, 15)


def test_daggers_mark_edges_and_incomplete_cells(analysis: Analysis) -> None:
    assert cell(analysis.quality, EDGE)["flags"] == "†"
    assert cell(analysis.quality, ONE_DIVERGED)["flags"] == "‡"
    assert cell(analysis.quality, STUCK)["flags"] == "‡"
    assert cell(analysis.quality, ("sgd", "quadratic"))["flags"] == ""


def test_a_completed_run_that_does_not_improve_on_its_initial_loss_makes_no_progress(analysis: Analysis) -> None:
    assert cell(analysis.quality, STUCK)["no_progress"] == 5
    assert analysis.quality["no_progress"].sum() == 5


def test_totals_are_sums_over_tasks(analysis: Analysis) -> None:
    lbfgs = analysis.totals.set_index("optimizer").loc["lbfgs"]
    assert (lbfgs["tune_runs"], lbfgs["planned"], lbfgs["skipped"]) == (9 + 15 + 15, 15, 5)
