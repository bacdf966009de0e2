"""Axes that hold on to numbers of any size."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.figure import Figure

from optbench.analysis.curves import COLUMNS, RUN_COLUMNS
from optbench.reporting.figures.curves import draw_curves
from optbench.reporting.figures.panels import (
    fence,
    first_of_row,
    grid,
    legend,
    limits,
    rows_height,
    rows_of,
    rows_on_a_page,
    scale,
    short_name,
)
from optbench.reporting.figures.window import window
from optbench.reporting.style import looks, print_style


def test_a_fence_around_values_far_apart_is_a_number() -> None:
    assert fence([[1e-235], [1e-50], [1e3], [1e4]], higher_is_better=False) == (-math.inf, pytest.approx(1e308))


def test_a_logarithmic_axis_ends_thirty_decades_below_the_highest_value_and_has_labels() -> None:
    found = limits([1e-235, 1e-3])
    assert found.log
    assert 1e-36 < found.low < 1e-33
    figure = Figure()
    axis = figure.subplots()
    scale(axis, "x", found)
    figure.draw_without_rendering()
    assert any(label.get_text() for label in axis.get_xticklabels())


@pytest.mark.parametrize(("quantity", "highest"), [("suboptimality", 1.0), ("path.x", 2.0)])
def test_losses_end_at_their_start_and_what_is_measured_besides_where_it_ends(quantity: str, highest: float) -> None:
    rising = [(0, 1.0), (1, 1.5), (2, 2.0)]
    runs = pd.DataFrame([{"step": step, "value": value} for step, value in rising], columns=RUN_COLUMNS)
    runs = runs.assign(task="t", optimizer="o", run_id="r", completed=True, quantity=quantity)
    means = runs.rename(columns={"value": "mean"}).reindex(columns=list(COLUMNS))
    means = pd.concat([means, means.assign(optimizer="p", mean=1.0 - 0.2 * means["step"])])  # one that gets better
    means = means.assign(n=5, low=means["mean"], high=means["mean"], log_mean=means["mean"])
    (axis,) = draw_curves(means, runs, ["t"], looks(["o", "p"]), "step").axes
    assert axis.get_ylim()[1] == pytest.approx(highest, rel=0.1)


def test_losses_of_which_none_falls_are_shown_as_they_rise() -> None:
    rising = [(0, 1.0), (1, 1.001), (2, 1.002)]
    means = pd.DataFrame([{"step": step, "mean": mean, "log_mean": mean} for step, mean in rising])
    shown = window(means.assign(low=means["mean"], high=means["mean"], log_low=1.0, log_high=1.0), start=1.0)
    assert shown.low <= 1.0 and shown.high >= 1.002


@pytest.mark.parametrize("panels", [1, 2, 14, 30])
@pytest.mark.parametrize("letters", [5, 40, 120])
def test_long_names_and_many_panels_leave_every_panel_its_area(panels: int, letters: int) -> None:
    """Matplotlib warns where the layout is squeezed to nothing, and warnings are errors here."""
    names = [f"{i}-{'optimizer-' * 12}"[:letters] for i in range(3)]
    titles = [f"{i}-{'task-' * 24}"[:letters] for i in range(panels)]
    with print_style():
        figure, axes = grid(titles, rows_height(names), rows_of=names)
        for i, axis in enumerate(axes):
            rows_of(axis, names, labels=first_of_row(i, panels))
            axis.set_xlabel("test loss")
        figure.draw_without_rendering()
    for axis in axes:
        box = axis.get_window_extent()
        assert box.width > 0.5 * figure.dpi and box.height > 0.3 * figure.dpi


@pytest.mark.parametrize("letters", [5, 120])
@pytest.mark.parametrize("panels", [1, 14])
def test_a_legend_of_long_names_fits_below(panels: int, letters: int) -> None:
    names = [f"{i}-{'optimizer-' * 12}"[:letters] for i in range(8)]
    with print_style():
        figure, axes = grid([f"task {i}" for i in range(panels)], 1.9, names)
        legend(figure, looks(names), names)
        figure.draw_without_rendering()
    (box,) = (part.get_window_extent() for part in figure.legends)
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1, "nothing is cut"
    assert all(axis.get_window_extent().height > 0.8 * figure.dpi for axis in axes)


def test_names_that_are_too_long_lose_their_middle_only() -> None:
    assert short_name("x" * 40) == "x" * 40
    assert short_name("library." + "x" * 40 + ".Lion") == "library." + "x" * 12 + "…" + "x" * 14 + ".Lion"


@pytest.mark.parametrize("panels", range(1, 80))
def test_at_least_three_lines_are_shown_of_however_many_panels(panels: int) -> None:
    assert rows_on_a_page(panels) >= 3
