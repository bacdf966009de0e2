from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.analysis.analysis import Analysis
from optbench.analysis.robustness import divergence_margin, lr_sensitivity, tuning_gain, width
from optbench.analysis.transfer import transfer

RATES = np.geomspace(1e-3, 3, 20_001)


def test_sensitivity_of_gradient_descent_on_a_parabola() -> None:
    loss = (1 - RATES) ** 40 / 2
    assert lr_sensitivity(RATES, loss, initial=0.5, low=1e-3, high=3) == pytest.approx(0.19276, abs=5e-6)
    assert lr_sensitivity(RATES, np.where(loss > 0.5, np.inf, loss), 0.5, 1e-3, 3) == pytest.approx(0.19276, abs=2e-5)


def test_width_of_gradient_descent_on_a_parabola() -> None:
    window = width(RATES, (1 - RATES) ** 40 / 2, threshold=1e-6)
    assert (window.low, window.high) == (pytest.approx(0.279680, abs=1e-5), pytest.approx(1.720320, abs=1e-5))
    assert window.decades == pytest.approx(0.788949, abs=1e-5) and not window.open


def test_width_ends_at_the_last_rate_that_completed_and_is_open_at_the_end_of_the_grid() -> None:
    assert width([0.1, 1, 10], [1.0, 1.0, math.inf], 1.05).decades == pytest.approx(1)
    assert width([0.1, 1, 10], [1.0, 1.0, math.inf], 1.05).open
    assert not width([0.1, 1, 10], [9.0, 1.0, math.inf], 1.05).open
    assert width([0.1, 1, 10], [3.0, 1.0, 2.0], 1.5).decades == pytest.approx(0.25 + 0.5)


def test_sensitivity_looks_at_what_was_tried_only() -> None:
    assert lr_sensitivity([1, 10], [0.0, 1.0], 9, 1e-3, 1e3) == pytest.approx(0.5)
    assert math.isnan(lr_sensitivity([1], [0.0], 9, 0.1, 10))


@given(st.lists(st.floats(0, 10), min_size=3, max_size=9), st.floats(0, 10))
def test_sensitivity_is_the_mean_of_the_interpolated_curve(values: list[float], initial: float) -> None:
    rates = np.geomspace(1e-2, 1, len(values))
    fine = np.linspace(-2, 0, 20_001)
    curve = np.interp(fine, np.log10(rates), np.minimum(values, initial)) - min(*values, initial)
    assert lr_sensitivity(rates, values, initial, 1e-2, 1) == pytest.approx(float(curve.mean()), abs=2e-3)


def test_divergence_margin_is_in_decades_above_the_best_rate() -> None:
    assert divergence_margin([0.001, 0.01, 0.1, 1], [1, 0, 0, 2], best=0.01) == pytest.approx(2)
    assert divergence_margin([0.01, 0.1], [0, 0], best=0.01) == math.inf


def test_tuning_gain_compares_equal_seeds() -> None:
    lr, seed = np.array([0.1, 0.1, 1.0, 1.0, 1.0]), np.array([0, 1, 0, 1, 2])
    value, chosen = np.array([3.0, 5.0, 1.0, 2.0, 90.0]), lr == 1.0
    assert tuning_gain(0.1, lr, seed, value, chosen) == pytest.approx((2 + 3) / 2)
    assert tuning_gain(1.0, lr, seed, value, chosen) == 0
    assert math.isnan(tuning_gain(7.0, lr, seed, value, chosen))
    assert tuning_gain(0.1, lr, seed, np.where(chosen, value, math.inf), chosen) == math.inf


def rates(optimizer: str, task: str, *medians: float) -> pd.DataFrame:
    facts = {"source": "s", "device": "cpu", "task": task, "optimizer": optimizer, "initial": 1.0}
    return pd.DataFrame({"lr": [0.1, 1.0, 10.0], "median": medians} | facts)


def test_transfer_regret_is_what_one_rate_for_all_tasks_loses() -> None:
    table = transfer(pd.concat([rates("a", "x", 0.5, 0.0, 0.8), rates("a", "y", 0.2, 0.4, math.inf)])).iloc[0]
    # Scores on x: 0.5, 1, 0.2; on y, where 0.2 is best: 1, 0.75, 0.
    assert (table["lr"], table["n_tasks"]) == (1.0, 2)
    assert (table["score"], table["tuned_score"]) == (pytest.approx(0.875), pytest.approx(1.0))
    assert table["regret"] == pytest.approx(0.125)


def test_an_optimizer_that_fails_on_a_task_leaves_the_others_numbers() -> None:
    good = [rates("a", "x", 0.5, 0.0, 0.8), rates("a", "y", 0.2, 0.4, 0.9)]
    broken = [rates("b", "x", *[math.inf] * 3), rates("b", "y", 0.3, 0.5, 0.9)]
    alone, both = transfer(pd.concat(good)), transfer(pd.concat([*good, *broken]))
    pd.testing.assert_frame_equal(both[both["optimizer"] == "a"], alone)
    nothing = transfer(pd.concat([rates("a", "x", *[math.inf] * 3), rates("a", "y", 0.2, 0.4, 0.9)]))
    assert nothing.empty, "one task is left, on which there is nothing to transfer"


def test_every_cell_with_a_trial_has_a_row(analysis: Analysis) -> None:
    table = analysis.robustness.set_index(["task", "optimizer"])
    assert len(table) == 11, "without the cell that crashed"
    assert table.loc[("digits-mlp", "sgd"), "divergence_margin"] == pytest.approx(1.5)
    assert table.loc[("chars", "adamw"), "diverged"] == 1
    assert table.loc[("chars", "adamw"), "diverged_low"] == pytest.approx(0.0362, abs=1e-4)
    assert table.loc[("chars", "momentum"), "open"]
