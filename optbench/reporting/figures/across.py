"""All tasks together: average rank, interquartile mean and probability of improvement, each with its interval."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting.figures.panels import grid, rows_height, rows_of
from optbench.reporting.present import present
from optbench.reporting.style import GREY, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS, _LINE = 26, 0.13
"""What fits on a line below a panel, and how high another line is in inches."""


def draw_across(table: pd.DataFrame, critical_difference: float, looks: Mapping[str, Look]) -> Figure:
    """Draw `across.summary.COLUMNS` of one condition, a row for each optimizer and a panel for each number.

    Where there is a critical difference, grey bars of that length are behind the average ranks.
    """
    optimizers = present(looks, table["optimizer"])
    rows = table.set_index("optimizer").loc[optimizers]
    panels = {
        "average_rank": "average rank",
        "iqm": "interquartile mean of the scores",
        "improvement": f"probability of improvement over {table['reference'].iloc[0]}",
    }
    panels = {column: words for column, words in panels.items() if rows[column].notna().any()}
    figure, axes = grid([""] * len(panels), rows_height(optimizers) + _LINE, rows_of=optimizers)
    for axis, (column, words) in zip(axes, panels.items(), strict=True):
        if column == "average_rank" and math.isfinite(critical_difference):
            half = critical_difference / 2
            axis.hlines(range(len(rows)), rows[column] - half, rows[column] + half, color=GREY, lw=5)
        if column == "improvement":
            axis.axvline(0.5, color=GREY, lw=0.8, zorder=1)
            axis.set_xlim(-0.03, 1.03)
        _points(axis, rows, column, looks)
        axis.locator_params(axis="x", nbins=4)
        rows_of(axis, optimizers, labels=axis is axes[0])
        axis.grid(axis="y", visible=False)
        axis.set_xlabel(textwrap.fill(words, _LETTERS))
    return figure


def _points(axis: Axes, rows: pd.DataFrame, column: str, looks: Mapping[str, Look]) -> None:
    for place, row in enumerate(rows.reset_index().to_dict("records")):
        look = looks[row["optimizer"]]
        axis.plot([row[f"{column}_low"], row[f"{column}_high"]], [place, place], color=look.color, lw=1.4)
        axis.plot([row[column]], [place], linestyle="", marker=look.marker, color=look.color, ms=4.5)
