"""Share of the report runs that have reached a target, against steps (Kaplan and Meier)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting.figures.panels import first_of_row, grid, legend
from optbench.reporting.present import present
from optbench.reporting.style import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_reached(reached: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw `analysis.reached` of one condition, a panel per target."""
    from matplotlib.ticker import PercentFormatter

    panels = list(dict.fromkeys(zip(reached["task"], reached["target"], strict=True)))
    optimizers = present(looks, reached["optimizer"])
    figure, axes = grid([f"{task}: {target}" for task, target in panels], 1.7, optimizers)
    for i, ((task, target), axis) in enumerate(zip(panels, axes, strict=True)):
        curves = reached[(reached["task"] == task) & (reached["target"] == target)]
        for name in optimizers:
            steps = curves[curves["optimizer"] == name]
            look = looks[name]
            axis.step(steps["step"], steps["share"], where="post", color=look.color, linestyle=look.line)
        axis.set_ylim(-0.03, 1.03)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set_xlabel("steps")
        if first_of_row(i, len(panels)):
            axis.set_ylabel("runs at the target")
    legend(figure, looks, optimizers)
    return figure
