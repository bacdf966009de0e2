"""All tasks together: average rank, interquartile mean and probability of improvement, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from optbench.reporting.figures.panels import grid, limits, rows_height, rows_of, scale
from optbench.reporting.style import GREY, Look


def draw_across(table: pd.DataFrame, critical_difference: float, looks: Mapping[str, Look]) -> Figure:
    """Draw `across.summary.COLUMNS` of one condition, a row for each optimizer and a panel for each number.

    Where there is a critical difference, grey bars of that length are behind the average ranks.
    """
    optimizers = [name for name in looks if name in set(table["optimizer"])]
    rows = table.set_index("optimizer").loc[optimizers]
    panels = {
        "average_rank": "average rank",
        "iqm": "interquartile mean of the scores",
        "improvement": f"probability of improvement over {table['reference'].iloc[0]}",
    }
    panels = {column: words for column, words in panels.items() if rows[column].notna().any()}
    figure, axes = grid([""] * len(panels), rows_height(optimizers), rows_of=optimizers)
    for axis, (column, words) in zip(axes, panels.items(), strict=True):
        ends = [rows[column], rows[f"{column}_low"], rows[f"{column}_high"]]
        if column == "average_rank" and math.isfinite(critical_difference):
            ends += [rows[column] - critical_difference / 2, rows[column] + critical_difference / 2]
            axis.hlines(np.arange(len(rows)), ends[-2], ends[-1], color=GREY, lw=5)
        _points(axis, *ends[:3], looks)
        scale(axis, "x", limits(pd.concat(ends)))
        if column == "improvement":
            axis.axvline(0.5, color=GREY, lw=0.8, zorder=1)
            axis.set_xlim(-0.03, 1.03)
        rows_of(axis, optimizers, labels=axis is axes[0])
        axis.grid(axis="y", visible=False)
        axis.set_xlabel(words)
    return figure


def _points(
    axis: Axes, center: pd.Series[float], low: pd.Series[float], high: pd.Series[float], looks: Mapping[str, Look]
) -> None:
    for row, name in enumerate(map(str, center.index)):
        look = looks[name]
        axis.plot([low[name], high[name]], [row, row], color=look.color, lw=1.4)
        axis.plot([center[name]], [row], linestyle="", marker=look.marker, color=look.color, ms=4.5)
