from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.sensitivity import sensitivity_runs
from optbench.errors import ResultsError
from optbench.store.frame import COLUMNS
from tests.support.campaign import GRID, ONE_DIVERGED, OPTIMIZERS, TASKS, Folder, campaign


def test_one_row_per_run(analysis: Analysis) -> None:
    assert len(analysis.runs) == analysis.runs["run_id"].nunique()
    assert len(analysis.runs) == 4 * 3 * (9 + 6 + 5) - 6 - 2  # no finalists in the crashed cell, fewer at the edge


def test_main_result_is_the_mean_of_the_completed_report_runs(analysis: Analysis) -> None:
    cell = "optimizer == {!r} and task == {!r}".format(*ONE_DIVERGED)
    runs = analysis.runs.query(f"{cell} and phase == 'report'")
    row = analysis.quality.query(cell).iloc[0]
    assert row["completed"] == 4
    assert row["mean"] == pytest.approx(runs["final_test_metric"].mean())
    assert row["score"] > row["mean"], "the diverged run counts at its initial loss"


def test_no_point_before_the_end_moves_a_result() -> None:
    results = campaign()
    last = results.frame["task"].map({task.name: task.steps for task in TASKS})
    before = results.frame["step"].between(0, last, inclusive="neither")
    frame = results.frame.assign(
        validation_metric=results.frame["validation_metric"].mask(before, 0.5),
        validation_loss=results.frame["validation_loss"].mask(before, 0.5),
        train_eval_loss=results.frame["train_eval_loss"].mask(before, 0.5),
        suboptimality=results.frame["suboptimality"].mask(before, 0.5),
    )
    assert before.any() and not frame.equals(results.frame)
    was, now = analyse(results), analyse(dataclasses.replace(results, frame=frame))
    for table in ("quality", "average_ranks", "leaderboard", "tuned", "suboptimality", "sensitivity", "differences"):
        pd.testing.assert_frame_equal(getattr(now, table), getattr(was, table))
    assert now.verdicts == was.verdicts


def test_suboptimality_is_reported_only_where_an_optimum_is_known(analysis: Analysis) -> None:
    assert set(analysis.suboptimality["task"]) == {"quadratic"}
    assert (analysis.suboptimality["median"].between(0, 0.1)).all()


def test_seconds_per_step_leave_out_what_came_before_the_first_point(analysis: Analysis) -> None:
    sgd = analysis.costs.query("optimizer == 'sgd' and task == 'chars'").iloc[0]
    assert sgd["seconds_per_step"] == pytest.approx(1e-4, rel=1e-9)  # the fixture's first point is 0.05 s late
    adamw = analysis.costs.query("optimizer == 'adamw' and task == 'chars'").iloc[0]
    assert (adamw["run_reference"], adamw["state_per_parameter"]) == ("sgd", 8)
    assert adamw["run_ratio"] == pytest.approx(1.8)


def test_costs_are_relative_to_the_fastest_where_there_is_no_sgd() -> None:
    table = analyse(campaign(Folder(optimizers=OPTIMIZERS[1:3]))).costs
    assert set(table["run_reference"]) == {"momentum"}
    assert table["run_ratio"].min() == pytest.approx(1.0)


def test_sensitivity_keeps_failed_runs_as_infinity(analysis: Analysis) -> None:
    sgd = analysis.sensitivity.query("optimizer == 'sgd' and task == 'digits-mlp'")
    assert np.allclose(sgd["lr"], 0.1 * GRID)
    assert sgd["median"].isin([math.inf]).tolist() == [False] * 7 + [True] * 2
    assert sgd["diverged"].sum() == 2 and sgd["chosen"].sum() == 1
    assert set(sgd["quantity"]) == {"validation error"}
    assert sgd.loc[sgd["chosen"], "n"].item() == 3


def test_sensitivity_calls_a_metric_what_it_is_called(analysis: Analysis) -> None:
    tasks = {task.name: task for task in TASKS}
    tasks["chars"] = tasks["chars"].model_copy(update={"metric": "character_error_rate"})
    runs = sensitivity_runs(analysis.runs, tasks).drop_duplicates("task").set_index("task")["quantity"]
    assert dict(runs) == {
        "quadratic": "suboptimality",
        "digits-mlp": "validation error",
        "chars": "validation character error rate",
    }


def test_curves_average_completed_runs_only_and_suboptimality_geometrically(analysis: Analysis) -> None:
    assert set(analysis.curves.query("optimizer == {!r} and task == {!r}".format(*ONE_DIVERGED))["n"]) == {4}
    raw = analysis.curve_runs.query("optimizer == 'sgd' and task == 'quadratic' and step == 200")["value"]
    mean = analysis.curves.query("optimizer == 'sgd' and task == 'quadratic' and step == 200")["mean"].item()
    assert mean == pytest.approx(float(np.exp(np.log(raw).mean())))


def test_tuned_says_range_decay_and_changes(analysis: Analysis) -> None:
    row = analysis.tuned.query("optimizer == 'adamw' and task == 'chars'").iloc[0]
    assert row["lr_times_weight_decay"] == pytest.approx(1e-4)
    assert (row["schedule"], row["n_trials"]) == ("warmup-cosine", 9)
    assert row["changed"].startswith("weight_decay")
    assert (row["lr_low"], row["lr_high"]) == (pytest.approx(1e-5), pytest.approx(0.1))


def test_a_verdict_puts_each_entry_in_one_place(analysis: Analysis) -> None:
    verdict = next(v for v in analysis.verdicts if v.task == "digits-mlp")
    assert not verdict.exploratory and verdict.best[0].optimizer == "sgd"
    assert {entry.optimizer for entry in (*verdict.best, *verdict.behind)} == {"sgd", "momentum", "adamw"}
    assert verdict.without_result == ("lbfgs",)
    alone = analysis.quality.query("task == 'digits-mlp' and optimizer == 'sgd'").iloc[0]
    picked = verdict.best[0].interval
    assert picked.low < alone["low"] < alone["high"] < picked.high, "the best was picked: its interval is wider"


def test_an_entry_with_a_run_that_did_not_complete_cannot_be_best(analysis: Analysis) -> None:
    verdict = next(v for v in analysis.verdicts if v.task == "chars")
    assert [score.optimizer for score in verdict.unreliable] == ["adamw"]
    assert verdict.unreliable[0].interval.n == 4
    row = analysis.quality.query("task == 'chars' and optimizer == 'adamw'").iloc[0]
    assert not row["contends"] and not row["best"] and not row["worse"]


def test_few_seeds_are_exploratory_and_one_seed_tells_nothing_apart() -> None:
    verdict = analyse(campaign(Folder(report_seeds=(7,)))).verdicts[0]
    assert verdict.exploratory
    assert not verdict.worse and len(verdict.best) == 4


def test_failures_are_broken_runs_and_failed_reports_but_not_diverged_trials(analysis: Analysis) -> None:
    found = {(t.optimizer, t.status): t for t in analysis.failures}
    assert set(found) == {("lbfgs", "crashed"), ("adamw", "diverged")}
    assert found["lbfgs", "crashed"].count == 9
    assert found["lbfgs", "crashed"].reasons == ("killed by signal 11",)
    assert found["adamw", "diverged"].count == 1


def test_conditions_are_ranked_apart_and_compared_cell_by_cell(two_conditions: Analysis) -> None:
    assert [condition.label for condition in two_conditions.conditions] == ["standard, cpu", "other, cuda"]
    assert len(two_conditions.average_ranks) == 8
    changes = two_conditions.comparison.changes
    assert len(two_conditions.comparison.pairs) == 3 * 4
    assert (changes["before_label"] + changes["after_label"]).unique().tolist() == ["standard, cpuother, cuda"]
    assert "step time" not in set(changes["measure"]), "two machines: seconds do not compare"


def test_a_campaign_under_way_counts_what_is_missing() -> None:
    results = campaign()
    part = dataclasses.replace(results, frame=results.frame[results.frame["seed"] != 1003])
    assert set(analyse(part).quality["missing"]) == {1}
    trials = dataclasses.replace(results, frame=results.frame[results.frame["phase"] == "tune"])
    table = analyse(trials)
    assert table.average_ranks.empty and (table.quality["missing"] == 5).all()


def test_columns_without_any_value_may_hold_none() -> None:
    everything = frozenset((entry.name, task.name) for entry in OPTIMIZERS for task in TASKS)
    results = campaign(Folder(crashing=everything))
    frame = results.frame.astype(object).where(results.frame.notna(), None)
    table = analyse(dataclasses.replace(results, frame=frame))
    assert table.quality["mean"].isna().all()
    assert table.average_ranks.empty and len(table.failed_tasks) == len(TASKS)
    assert not any(verdict.best or verdict.only for verdict in table.verdicts)


def test_no_run_at_all_is_the_users_mistake() -> None:
    empty = dataclasses.replace(campaign(), frame=pd.DataFrame(columns=list(COLUMNS)))
    with pytest.raises(ResultsError, match="no recorded runs in 'results/standard'"):
        analyse(empty)


def test_all_tasks_of_the_fixture_are_analysed_in_order(analysis: Analysis) -> None:
    assert list(dict.fromkeys(analysis.quality["task"])) == [task.name for task in TASKS]
