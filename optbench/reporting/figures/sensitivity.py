"""Learning-rate sensitivity: final validation loss or error against the learning rate, from the tuning runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.reporting.figures.panels import first_of_row, grid, legend, limits, out_of_range, scale
from optbench.reporting.present import present
from optbench.reporting.style import INK, PANEL, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRACKS, _STRIP = 4, 0.17
"""Lines for crosses in the strip at the top, and its share of the panel's height."""


def draw_sensitivity(
    medians: pd.DataFrame, runs: pd.DataFrame, tasks: Iterable[str], looks: Mapping[str, Look]
) -> Figure:
    """Draw `analysis.sensitivity` tables (`sensitivity`, `sensitivity_runs`) of one condition.

    The data end at the value before training. Runs that did not complete are crosses in a grey strip above, on one
    of a few lines by optimizer, so that several at the same rate can be told apart.
    """
    from matplotlib.patches import Rectangle

    tasks = present(tasks, runs["task"])
    optimizers = present(looks, runs["optimizer"])
    figure, axes = grid(tasks, 1.95, optimizers)
    shown = ""
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        lines, points = medians[medians["task"] == task], runs[runs["task"] == task]
        quantity = str(points["quantity"].iloc[0])
        percent = 1.0 if quantity in (SUBOPTIMALITY, VALIDATION_LOSS) else 100.0
        lines = lines.assign(median=lines["median"] * percent)
        points = points.assign(value=points["value"] * percent)
        start = float(points["initial"].iloc[0]) * percent
        failures = bool(np.isinf(points["value"]).any())
        top = min(start, points["value"].replace(np.inf, np.nan).max())
        found = limits(points["value"], ceiling=start, headroom=_STRIP + 0.05 if failures else 0.06)
        axis.set_xscale("log")
        if failures:
            strip = Rectangle((0, 1 - _STRIP), 1, _STRIP, transform=axis.transAxes, color=PANEL, lw=0, zorder=0)
            axis.add_patch(strip)
        for place, optimizer in enumerate(optimizers):
            line = lines[(lines["optimizer"] == optimizer) & np.isfinite(lines["median"])]
            _optimizer(axis, line, points[points["optimizer"] == optimizer], looks[optimizer], top, place)
        scale(axis, "y", found)
        axis.set_xlabel("learning rate")
        if first_of_row(i, len(tasks)) or quantity != shown:
            axis.set_ylabel(f"{quantity} (%)" if percent > 1 else quantity)
        shown = quantity
    legend(figure, looks, optimizers)
    return figure


def _optimizer(axis: Axes, line: pd.DataFrame, points: pd.DataFrame, look: Look, top: float, place: int) -> None:
    if line["alone"].all():
        axis.plot(line["lr"], line["median"].clip(upper=top), color=look.color, linestyle=look.line, zorder=3)
    inside = points[points["value"] <= top]
    axis.plot(
        inside["lr"], inside["value"], linestyle="", marker=look.marker, color=look.color, ms=2.6, mec=PAPER, mew=0.3
    )
    beyond = points[(points["value"] > top) & np.isfinite(points["value"])]
    out_of_range(axis, beyond["lr"].tolist(), [top] * len(beyond), look.color)
    chosen = line[line["chosen"]]
    axis.plot(
        chosen["lr"],
        chosen["median"].clip(upper=top),
        linestyle="",
        marker=look.marker,
        color=look.color,
        ms=6,
        mec=INK,
        mew=0.9,
        zorder=6,
    )
    failed = points[np.isinf(points["value"])].drop_duplicates("lr")
    height = 1.0 - _STRIP * (place % _TRACKS + 0.5) / _TRACKS
    axis.plot(
        failed["lr"],
        [height] * len(failed),
        linestyle="",
        marker="x",
        color=look.color,
        ms=3.4,
        mew=1.0,
        transform=axis.get_xaxis_transform(),
    )
