"""Final test values, one point per report seed, with the mean and its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.components.task import Task
from optbench.reporting.figures.panels import (
    Limits,
    fence,
    first_of_row,
    goes_on,
    grid,
    limits,
    out_of_range,
    remark,
    rows_height,
    rows_of,
    scale,
)
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import number
from optbench.reporting.present import present
from optbench.reporting.style import INK, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_seeds(
    quality: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task], looks: Mapping[str, Look]
) -> Figure:
    """Draw the completed report runs (`runs`: task, optimizer, `final_test_metric`) and `quality` of one condition.

    Panels show the better half of the optimizers well; what lies far off is an open triangle at the edge with its
    mean in words, and an interval that goes on beyond the edge ends in an arrow. Completed / planned is printed beside
    a panel where not all runs completed.
    """
    names = list(dict.fromkeys(quality["task"]))
    optimizers = present(looks, quality["optimizer"])
    figure, axes = grid(names, rows_height(optimizers), rows_of=optimizers)
    for i, (name, axis) in enumerate(zip(names, axes, strict=True)):
        by = factor(tasks[name])
        points = runs[runs["task"] == name].assign(value=lambda table, by=by: table["final_test_metric"] * by)
        cells = quality[quality["task"] == name].set_index("optimizer")
        low, high = fence(
            [group.tolist() for _, group in points.groupby("optimizer")["value"]], tasks[name].higher_is_better
        )
        found = limits([value for value in points["value"] if low <= value <= high])
        _points(axis, points, optimizers, looks, found)
        for row, optimizer in enumerate(optimizers):
            if optimizer in cells.index:
                _summary(axis, cells.loc[optimizer], row, by, found)
        scale(axis, "x", found)
        rows_of(axis, optimizers, labels=first_of_row(i, len(names)))
        axis.grid(axis="y", visible=False)
        axis.set(xlabel=label(tasks[name], "test"), ylabel="")
    return figure


def _points(axis: Axes, points: pd.DataFrame, optimizers: list[str], looks: Mapping[str, Look], found: Limits) -> None:
    import seaborn as sns

    inside = points[points["value"].between(found.low, found.high)]
    sns.stripplot(
        inside,
        x="value",
        y="optimizer",
        order=optimizers,
        hue="optimizer",
        hue_order=optimizers,
        palette={name: looks[name].color for name in optimizers},
        jitter=False,
        size=3.2,
        alpha=0.75,
        linewidth=0,
        legend=False,
        ax=axis,
    )
    for edge, marker, beyond in (
        (found.high, ">", points[points["value"] > found.high]),
        (found.low, "<", points[points["value"] < found.low]),
    ):
        for optimizer in beyond["optimizer"].unique():
            out_of_range(axis, [edge], [optimizers.index(optimizer)], looks[optimizer].color, marker)


def _summary(axis: Axes, cell: pd.Series[float], row: int, by: float, found: Limits) -> None:
    mean, low, high = (cell[column] * by for column in ("mean", "low", "high"))
    if found.low <= mean <= found.high:
        axis.hlines(row, max(low, found.low), min(high, found.high), color=INK, lw=0.8, zorder=4)
        axis.plot([mean], [row], linestyle="", marker="|", color=INK, ms=7, mew=1.2, zorder=5)
        if low < found.low:
            goes_on(axis, found.low, row, "<")
        if high > found.high:
            goes_on(axis, found.high, row, ">")
    elif mean < found.low:
        remark(axis, row, f"mean {number(mean)}", x=0.05, align="left")
    elif mean > found.high:
        remark(axis, row, f"mean {number(mean)}", x=0.95)
    if cell["completed"] < cell["planned"]:
        remark(axis, row, f"{cell['completed']}/{cell['planned']}", x=1.02, align="left")
