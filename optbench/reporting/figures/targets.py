"""Steps to target: the median over report seeds, each run's own, and how many got there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optbench.components.task import Task
from optbench.reporting.figures.panels import first_of_row, grid, remark, rows_height, rows_of
from optbench.reporting.present import present
from optbench.reporting.style import GREY, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_targets(
    targets: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task], looks: Mapping[str, Look]
) -> Figure:
    """Draw `analysis.targets` tables (`targets`, `target_runs`) of one condition, a panel per target."""
    panels = list(dict.fromkeys(zip(targets["task"], targets["target"], strict=True)))
    optimizers = present(looks, targets["optimizer"])
    titles = [f"{task}: {target}" for task, target in panels]
    figure, axes = grid(titles, rows_height(optimizers), rows_of=optimizers)
    for i, ((task, target), axis) in enumerate(zip(panels, axes, strict=True)):
        never = tasks[task].steps * 1.16
        cells = targets[(targets["task"] == task) & (targets["target"] == target)]
        points = runs[(runs["task"] == task) & (runs["target"] == target)]
        for row in cells.to_dict("records"):
            place = optimizers.index(row["optimizer"])
            look = looks[row["optimizer"]]
            own = points[points["optimizer"] == row["optimizer"]]
            axis.plot(
                own["steps"].replace(np.inf, np.nan),
                [place] * len(own),
                linestyle="",
                marker=".",
                color=look.color,
                alpha=0.6,
            )
            _median(axis, row["steps"], place, look, never)
            remark(axis, place, f"{row['hits']}/{row['n']}", x=1.14)
        _axis(axis, tasks[task].steps, never)
        rows_of(axis, optimizers, labels=first_of_row(i, len(panels)))
        axis.set_xlabel("steps")
    return figure


def _median(axis: Axes, steps: float, row: int, look: Look, never: float) -> None:
    reached = np.isfinite(steps)
    axis.plot(
        [steps if reached else never],
        [row],
        linestyle="",
        marker=look.marker,
        mfc=look.color if reached else PAPER,
        mec=look.color,
        ms=5,
        zorder=4,
        clip_on=False,
    )


def _axis(axis: Axes, steps: int, never: float) -> None:
    axis.axvline(steps * 1.08, color=GREY, lw=0.6, ls=(0, (2, 2)))
    axis.set_xlim(-0.02 * steps, never)
    half = round(steps / 2)
    axis.set_xticks([0, half, steps, never], ["0", f"{half:g}", f"{steps:g}", "never"])
    axis.grid(axis="y", visible=False)
    axis.get_xticklabels()[-2].set_horizontalalignment("right")
