"""Gradients by depth: one panel per task, a line per optimizer, the label of each where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting.figures.panels import first_of_row, grid, legend, limits, scale
from optbench.reporting.present import present
from optbench.reporting.style import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_depth(layers: pd.DataFrame, depth: pd.DataFrame, tasks: Iterable[str], looks: Mapping[str, Look]) -> Figure:
    """Draw `analysis.depth` tables (`layer_gradients`, `depth`) of one condition; the y axis is the same everywhere."""
    tasks = present(tasks, layers["task"])
    optimizers = present(looks, layers["optimizer"])
    labels = depth.groupby("task")["label"].unique()
    titles = ["\n".join([task, *([" / ".join(labels[task])] if task in labels else [])]) for task in tasks]
    figure, axes = grid(titles, 1.95, optimizers)
    found = limits(layers.loc[layers["gradient"] > 0, "gradient"])
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        of_task = layers[layers["task"] == task]
        for optimizer in optimizers:
            line, look = of_task[of_task["optimizer"] == optimizer], looks[optimizer]
            axis.plot(line["depth"], line["gradient"], color=look.color, linestyle=look.line, marker=look.marker, ms=3)
        scale(axis, "y", found)
        axis.locator_params(axis="x", integer=True)
        axis.set_xlabel("layer")
        if first_of_row(i, len(tasks)):
            axis.set_ylabel("gradient (rms)")
    legend(figure, looks, optimizers)
    return figure
