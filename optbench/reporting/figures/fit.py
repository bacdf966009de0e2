"""Fit: training and validation losses over time, one panel per task, with the label of each optimizer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.analysis.curves import VALIDATION_LOSS
from optbench.reporting.figures.panels import Limits, first_of_row, grid, legend, scale
from optbench.reporting.figures.window import corner, cut_start, window
from optbench.reporting.present import present
from optbench.reporting.style import PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_THIN, _THICK = 0.7, 1.7
_BELOW = 20
"""A panel ends at the lowest validation loss divided by this, lest a training loss near zero flatten the others."""


def draw_fit(
    curves: pd.DataFrame, fit: pd.DataFrame, runs: pd.DataFrame, tasks: Iterable[str], looks: Mapping[str, Look]
) -> Figure:
    """Draw `analysis.fit` tables (`fit_curves`, `fit`) and `runs` of one condition."""
    tasks = present(tasks, curves["task"])
    optimizers = present(looks, curves["optimizer"])
    figure, axes = grid(tasks, 1.95, optimizers)
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        means = curves[curves["task"] == task]
        found = _window(means)
        means = means.assign(mean=means["log_mean"]) if found.log else means
        for optimizer in optimizers:
            _sides(axis, means[means["optimizer"] == optimizer], looks[optimizer])
            counted = runs[(runs["task"] == task) & (runs["optimizer"] == optimizer) & runs["is_report"]]
            at = counted.loc[counted["completed"], "final_step"].median()
            if at < means["step"].max():
                axis.axvline(at, color=looks[optimizer].color, lw=0.8, linestyle=":")
        scale(axis, "y", found)
        axis.set_xlim(left=0)
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlabel("steps")
        if first_of_row(i, len(tasks)):
            axis.set_ylabel("loss")
        words = _words(fit[fit["task"] == task].set_index("optimizer")["label"].reindex(optimizers).dropna())
        corner(axis, "\n".join(filter(None, (words, cut_start(means, found)))))
    legend(figure, looks, optimizers)
    return figure


def _words(labels: pd.Series[str]) -> str:
    """The label that all optimizers share, or a line for each."""
    return "\n".join(labels.unique() if labels.nunique() == 1 else labels.index + ": " + labels)


def _window(curves: pd.DataFrame) -> Limits:
    """What the means are shown in, but not far below where the validation losses are."""
    validation = curves.loc[curves["quantity"] == VALIDATION_LOSS, "mean"]
    return window(
        curves.assign(low=math.nan, high=math.nan, log_low=math.nan, log_high=math.nan),
        curves.loc[curves["step"] == 0, "mean"].max(),
        validation.min() / _BELOW if validation.min() > 0 else -math.inf,
    )


def _sides(axis: Axes, curves: pd.DataFrame, look: Look) -> None:
    for quantity, side in curves.groupby("quantity", sort=False):
        validation = quantity == VALIDATION_LOSS
        axis.plot(
            side["step"],
            side["mean"],
            color=look.color,
            linestyle=look.line,
            lw=_THICK if validation else _THIN,
            marker=look.marker if validation else None,
            markevery=max(1, len(side) // 5),
            mec=PAPER,
            mew=0.4,
        )
