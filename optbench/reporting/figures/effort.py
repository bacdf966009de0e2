"""Tuning effort: the best validation value to be expected of k trials against k."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.components.task import Task
from optbench.reporting.figures.panels import first_of_row, grid, legend, limits, scale
from optbench.reporting.metric import factor
from optbench.reporting.present import present
from optbench.reporting.style import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def draw_effort(effort: pd.DataFrame, tasks: Mapping[str, Task], looks: Mapping[str, Look]) -> Figure:
    """Draw `analysis.effort` of one condition, a panel per task, k on a logarithmic axis."""
    from matplotlib.ticker import NullLocator

    names = present(tasks, effort["task"])
    optimizers = present(looks, effort["optimizer"])
    figure, axes = grid(names, 1.95, optimizers)
    for i, (name, axis) in enumerate(zip(names, axes, strict=True)):
        by = factor(tasks[name])
        panel = effort[effort["task"] == name]
        for optimizer in optimizers:
            line, look = panel[panel["optimizer"] == optimizer], looks[optimizer]
            axis.plot(line["k"], line["expected_best"] * by, color=look.color, linestyle=look.line, zorder=3)
        axis.set_xscale("log")
        most = int(panel["trials"].max())
        axis.set_xticks([k for k in _TICKS if k <= most], [str(k) for k in _TICKS if k <= most])
        axis.xaxis.set_minor_locator(NullLocator())
        scale(axis, "y", limits(panel["expected_best"] * by))
        axis.set_xlabel("trials")
        quantity = str(panel["quantity"].iloc[0])
        if first_of_row(i, len(names)) or quantity != axes[i - 1].get_ylabel().removesuffix(" (%)"):
            axis.set_ylabel(f"{quantity} (%)" if by > 1 else quantity)
    legend(figure, looks, optimizers)
    return figure
