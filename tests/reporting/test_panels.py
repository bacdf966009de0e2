"""Axes that hold on to numbers of any size."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.figure import Figure

from optbench.analysis.curves import COLUMNS, RUN_COLUMNS
from optbench.reporting.figures.curves import draw_curves
from optbench.reporting.figures.panels import fence, limits, scale
from optbench.reporting.style import looks


def test_a_fence_around_values_far_apart_is_a_number():
    assert fence([[1e-235], [1e-50], [1e3], [1e4]], higher_is_better=False) == (-math.inf, pytest.approx(1e308))


def test_a_logarithmic_axis_ends_thirty_decades_below_the_highest_value_and_has_labels():
    found = limits([1e-235, 1e-3])
    assert found.log
    assert 1e-36 < found.low < 1e-33
    figure = Figure()
    axis = figure.subplots()
    scale(axis, "x", found)
    figure.draw_without_rendering()
    assert any(label.get_text() for label in axis.get_xticklabels())


@pytest.mark.parametrize(("quantity", "highest"), [("suboptimality", 1.0), ("path.x", 2.0)])
def test_losses_end_at_their_start_and_what_is_measured_besides_where_it_ends(quantity, highest):
    rising = [(0, 1.0), (1, 1.5), (2, 2.0)]
    runs = pd.DataFrame([{"step": step, "value": value} for step, value in rising], columns=RUN_COLUMNS)
    runs = runs.assign(task="t", optimizer="o", run_id="r", completed=True, quantity=quantity)
    means = runs.rename(columns={"value": "mean"}).reindex(columns=list(COLUMNS))
    means = means.assign(n=5, low=means["mean"], high=means["mean"])
    (axis,) = draw_curves(means, runs, ["t"], looks(["o"]), "step").axes
    assert axis.get_ylim()[1] == pytest.approx(highest, rel=0.1)
