"""What is made of timed steps: medians, ratios of paired rounds with intervals, and what is not mixed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.analysis import analyse
from optbench.analysis.timings import paired_ratio, timings
from optbench.runs.timing import Timing, steps_id
from tests.support.campaign import OPTIMIZERS, Folder, campaign
from tests.support.timings import timing, with_timings

RESULTS = campaign()
SOURCE = RESULTS.sources[0]


def measured(rounds: int = 30, sgd: float = 1e-3, adamw: float = 3e-3) -> dict[str, Any]:
    """A machine that becomes slower and slower: what is paired does not notice."""
    slower = np.linspace(1.0, 1.05, rounds)
    return {"sgd": tuple(sgd * slower), "adamw": tuple(adamw * slower)}


def rows(*found: Timing) -> pd.DataFrame:
    return timings(with_timings(RESULTS, *found)).set_index("optimizer")


def test_the_interval_of_a_median_is_that_of_its_order_statistics() -> None:
    """Of 30 values the 10th and the 21st enclose the median with 95.7 %, tables of the sign test say."""
    ratios = np.random.default_rng(0).permutation(np.arange(1.0, 31.0))
    ratio, low, high = paired_ratio(tuple(ratios), (1.0,) * 30)
    assert (ratio, low, high) == (15.5, 10.0, 21.0)


def test_the_interval_covers_the_median_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(500):
        _, low, high = paired_ratio(tuple(rng.lognormal(0.0, 0.3, 30)), (1.0,) * 30)
        covered += low <= 1.0 <= high
    assert 0.95 - 3 * math.sqrt(0.05 * 0.95 / 500) <= covered / 500 <= 0.99


def test_a_few_stalls_move_neither_median_nor_ratio() -> None:
    """One round in twenty that takes eight times as long moves the mean by a third."""
    steady = np.random.default_rng(2).normal(1e-3, 1e-5, 40)
    stalled = steady.copy()
    stalled[[3, 17]] *= 8
    assert stalled.mean() > 1.3 * steady.mean()
    assert paired_ratio(tuple(stalled), tuple(steady))[0] == pytest.approx(1.0)


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_too_few_rounds_have_a_ratio_and_no_interval(rounds: int) -> None:
    ratio, low, high = paired_ratio((2.0,) * rounds, (1.0,) * rounds)
    assert ratio == 2.0
    assert math.isnan(low) and math.isnan(high)


def test_each_optimizer_has_times_and_its_ratio_to_the_reference() -> None:
    table = rows(timing(SOURCE, "chars", measured()))
    assert table.loc["adamw", "ratio"] == pytest.approx(3.0)
    assert table.loc["adamw", "step_seconds"] == pytest.approx(3e-3 * 1.025)
    assert table.loc["adamw", "update_seconds"] == pytest.approx(3e-4 * 1.025)
    assert table.loc["sgd", ["ratio", "ratio_low", "ratio_high"]].tolist() == [1.0, 1.0, 1.0]
    assert set(table["reference"]) == {"sgd"} and set(table["block"]) == {10}
    assert not table["noisy"].any()


def test_without_its_reference_nothing_has_a_ratio() -> None:
    (row,) = timings(with_timings(RESULTS, timing(SOURCE, "chars", {"adamw": (1.0,) * 9}))).to_dict("records")
    assert math.isnan(row["ratio"]) and row["reference"] == "" and row["step_seconds"] == 1.0


@pytest.mark.parametrize(
    ("load", "noisy"),
    [(1.0, False), (8.5, True), (8.0, False)],
)
def test_more_load_than_cores_is_noisy(load: float, noisy: bool) -> None:
    assert set(rows(timing(SOURCE, "chars", measured(), load=load))["noisy"]) == {noisy}


def test_quartiles_far_apart_are_noisy() -> None:
    scattered = {"sgd": (1.0, 1.0, 1.0, 1.0), "adamw": (1.0, 1.0, 1.2, 1.3)}
    assert rows(timing(SOURCE, "chars", scattered))["noisy"].to_dict() == {"sgd": False, "adamw": True}


def test_what_was_measured_last_counts() -> None:
    first, second = timing(SOURCE, "chars", measured(adamw=9e-3)), timing(SOURCE, "chars", measured())
    table = rows(first, second)
    assert len(table) == 2
    assert table.loc["adamw", "ratio"] == pytest.approx(3.0)


def test_what_was_measured_of_another_definition_is_left_out() -> None:
    found = timing(SOURCE, "chars", measured())
    sgd, adamw = found.optimizers
    wider = adamw.spec.model_copy(update={"hyperparameters": {**adamw.spec.hyperparameters, "weight_decay": 0.3}})
    other = found.model_copy(update={"optimizers": (sgd, adamw.model_copy(update={"spec": wider}))})
    assert list(rows(other).index) == ["sgd"]


def test_a_rate_a_seed_or_a_fold_makes_no_other_step() -> None:
    spec = next(SOURCE.suite.cells()).spec({"lr": 0.1}, seed=0, phase="tune")
    other = next(SOURCE.suite.cells()).spec({"lr": 0.3}, seed=1001, phase="report")
    assert spec.run_id != other.run_id and steps_id(spec) == steps_id(other)
    assert steps_id(spec) != steps_id(spec.model_copy(update={"schedule": "warmup-cosine"}))


def test_times_of_another_machine_are_beside_the_runs_and_not_mixed_with_them() -> None:
    """Sin 12."""
    here, there = timing(SOURCE, "chars", measured()), timing(SOURCE, "chars", measured(sgd=2e-3), machine="f0f0f0")
    costs = analyse(with_timings(RESULTS, here, there)).costs
    chars = costs[(costs["task"] == "chars") & (costs["optimizer"] == "adamw")].set_index("machine")
    assert chars.loc["a1b2c3", "n"] == 4 and chars.loc["f0f0f0", "n"] == 0
    assert chars.loc["a1b2c3", "timed_ratio"] == pytest.approx(3.0)
    assert chars.loc["f0f0f0", "timed_ratio"] == pytest.approx(1.5)
    assert chars["seconds_per_step"].isna().to_dict() == {"a1b2c3": False, "f0f0f0": True}


def test_what_only_ran_has_no_times_and_what_only_was_timed_has_no_runs() -> None:
    results = campaign(Folder(optimizers=OPTIMIZERS[:1]))
    assert analyse(results).costs["timed_step_seconds"].isna().all()
    lbfgs = timing(SOURCE, "digits-mlp", {"sgd": (1.0,) * 9, "lbfgs": (9.0,) * 9})
    crashing = analyse(with_timings(RESULTS, lbfgs)).costs.query("optimizer == 'lbfgs' and task == 'digits-mlp'")
    assert crashing["timed_ratio"].item() == 9.0 and crashing["n"].item() == 0
