"""Learning curves: means and intervals on either scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.curves import COLUMNS, RUN_COLUMNS, SUBOPTIMALITY, VALIDATION_LOSS, curve_runs, curves
from optbench.analysis.intervals import mean_interval
from optbench.analysis.runs import one_row_per_run
from tests.support.campaign import campaign


def point(values: list[float], quantity: str = VALIDATION_LOSS) -> pd.Series:
    """The curve's one point, whose runs have these values."""
    runs = pd.DataFrame({"value": values}).reindex(columns=RUN_COLUMNS)
    facts: dict[str, Any] = {
        "source": "s",
        "device": "cpu",
        "task": "t",
        "optimizer": "o",
        "completed": True,
        "quantity": quantity,
    }
    (row,) = curves(runs.assign(**facts, step=1.0)).to_dict("records")
    return pd.Series(row)


@pytest.mark.parametrize("quantity", [VALIDATION_LOSS, SUBOPTIMALITY])
def test_a_point_has_its_interval_on_either_scale(quantity: str) -> None:
    values = [0.1, 0.2, 0.8]
    found, plain, log = point(values, quantity), mean_interval(values), mean_interval(np.log10(values))
    logarithmic = [10**log.center, 10**log.low, 10**log.high]
    assert found[["log_mean", "log_low", "log_high"]].tolist() == pytest.approx(logarithmic)
    expected = logarithmic if quantity == SUBOPTIMALITY else [plain.center, plain.low, plain.high]
    assert found[["mean", "low", "high"]].tolist() == pytest.approx(expected)
    assert found["n"] == 3


def test_a_band_on_a_log_axis_stays_above_zero() -> None:
    found = point([0.01, 0.02, 0.5])
    assert found["low"] < 0 < found["log_low"] < found["log_mean"] < found["log_high"]


def test_zeros_and_negative_losses_bend_nothing() -> None:
    zero, negative = point([0.0, 1e-3, 1e-3]), point([-1.0, 2.0, 5.0])
    assert zero["mean"] == pytest.approx(2e-3 / 3)
    assert zero["log_mean"] == zero["log_low"] == 0 and math.isnan(zero["log_high"])
    assert negative["mean"] == 2 and np.isnan(negative[["log_mean", "log_low", "log_high"]].astype(float)).all()
    assert point([0.0, 1e-3], SUBOPTIMALITY)["mean"] == 0, "no floor decides how small the mean is"


def test_suboptimality_is_never_below_zero_and_as_small_as_it_is() -> None:
    frame = campaign().frame
    known = frame["suboptimality"].notna() & (frame["step"] > 0)
    for value, expected in ((-1e-17, 0.0), (1e-40, 1e-40)):
        frame.loc[known, "suboptimality"] = value
        found = curve_runs(frame, one_row_per_run(frame)).query("task == 'quadratic' and step > 0")
        assert set(found["value"].dropna()) == {expected}


def test_curves_can_be_drawn_over_gradient_evaluations() -> None:
    frame = campaign().frame
    frame["gradient_evaluations"] = 2 * frame["step"]
    found = curves(curve_runs(frame, one_row_per_run(frame)))
    assert list(found) == list(COLUMNS)
    assert (found["gradient_evaluations"] == 2 * found["step"]).all()
