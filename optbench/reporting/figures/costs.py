"""What a step costs: time relative to the reference, optimizer state relative to the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting.figures.panels import grid, limits, rows_height, rows_of, scale
from optbench.reporting.present import present
from optbench.reporting.style import INK, Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STATE = "optimizer state (bytes per parameter)"


def draw_costs(costs: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw `analysis.costs` of one condition: a dot per task (and machine), a bar at the median over them.

    Times are those of `optbench time`, or where nothing was timed those of the runs.
    """
    optimizers = present(looks, costs["optimizer"])
    column, words = step_times(costs)
    panels = {column: words, "state_per_parameter": _STATE}
    figure, axes = grid([""] * len(panels), rows_height(optimizers), rows_of=optimizers)
    for axis, (column, words) in zip(axes, panels.items(), strict=True):
        for row, optimizer in enumerate(optimizers):
            values = costs.loc[costs["optimizer"] == optimizer, column].dropna()
            look = looks[optimizer]
            axis.plot(
                values, [row] * len(values), linestyle="", marker=look.marker, color=look.color, ms=3.6, alpha=0.75
            )
            axis.plot([values.median()], [row], linestyle="", marker="|", color=INK, ms=8, mew=1.3, zorder=4)
        scale(axis, "x", limits([0.0, *costs[column]] if words == _STATE else costs[column]))
        rows_of(axis, optimizers, labels=axis is axes[0])
        axis.grid(axis="y", visible=False)
        axis.set_xlabel(words)
    return figure


def step_times(costs: pd.DataFrame) -> tuple[str, str]:
    """The column that has the times of steps, and what they are in words."""
    timed = costs["timed_ratio"].notna().any()
    column, of = ("timed_ratio", "timed_reference") if timed else ("run_ratio", "run_reference")
    references = sorted(set(costs[of].dropna()) - {""})
    reference = references[0] if len(references) == 1 else "the reference" if timed else "the fastest"
    return column, f"time of a step{'' if timed else ' in the runs'}, ratio to {reference}"
