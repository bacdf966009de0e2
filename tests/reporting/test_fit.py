"""The figure of the fit: which lines are in its panels, and where these end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from optbench.reporting.figures.fit import draw_fit
from optbench.reporting.style import looks

WHERE = {"task": "few", "optimizer": "adam"}
LOSSES = {"training loss": [2.0, 0.5, 1e-9], "validation loss": [2.5, 0.4, 0.6]}


def panel(final_step: int = 20, labels: dict[str, str] | None = None) -> Axes:
    labels = labels or {"adam": "over-fitted"}
    curves = pd.concat(
        pd.DataFrame(
            WHERE
            | {"optimizer": name, "quantity": quantity, "step": [0.0, 10.0, 20.0]}
            | dict.fromkeys(["mean", "low", "high", "log_mean", "log_low", "log_high"], means)
        )
        for name in labels
        for quantity, means in LOSSES.items()
    )
    fit = pd.DataFrame([WHERE | {"optimizer": name, "label": label} for name, label in labels.items()])
    runs = pd.DataFrame([WHERE | {"is_report": True, "completed": True, "final_step": final_step}])
    (axis,) = draw_fit(curves, fit, runs, ["other", "few"], looks(labels)).axes
    return axis


def test_validation_is_the_thicker_line_of_the_same_colour() -> None:
    thin, thick = panel().lines
    assert np.asarray(thin.get_ydata()).tolist() == LOSSES["training loss"]
    assert np.asarray(thick.get_ydata()).tolist() == LOSSES["validation loss"]
    assert thick.get_linewidth() > 2 * thin.get_linewidth()
    assert thin.get_color() == thick.get_color() == looks(["adam"])["adam"].color


def test_a_training_loss_near_zero_leaves_the_panel_and_not_the_validation_loss_flat() -> None:
    low, high = panel().get_ylim()
    assert 0.4 / 40 < low < 0.4 / 20
    assert high > 2.5


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"adam": "good fit", "sgd": "good fit"}, "good fit"),
        ({"adam": "good fit", "sgd": "over-fitted"}, "adam: good fit\nsgd: over-fitted"),
    ],
)
def test_it_says_what_the_fit_is(labels: dict[str, str], words: str) -> None:
    assert [text.get_text() for text in panel(labels=labels).texts] == [words]


@pytest.mark.parametrize(("final_step", "marked"), [(20, []), (10, [10])])
def test_a_dotted_line_is_where_the_weights_that_count_were(final_step: int, marked: list[int]) -> None:
    dotted = [line for line in panel(final_step).lines if line.get_linestyle() == ":"]
    assert [line.get_xdata()[0] for line in dotted] == marked
