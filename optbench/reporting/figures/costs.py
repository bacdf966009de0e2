"""What a step costs: time relative to the reference, optimizer state relative to the parameters."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from optbench.reporting.figures.panels import grid, limits, rows_height, rows_of, scale
from optbench.reporting.style import INK, Look

_PANELS = {
    "ratio": "time per step, ratio to {reference}",
    "state_per_parameter": "optimizer state (bytes per byte of parameters)",
}


def draw_costs(costs: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw `analysis.costs` of one condition: a dot per task (and machine), a bar at the median over them."""
    optimizers = [name for name in looks if name in set(costs["optimizer"])]
    references = sorted(set(costs["reference"]) - {""})
    reference = references[0] if len(references) == 1 else "the fastest"
    figure, axes = grid([""] * len(_PANELS), rows_height(optimizers), rows_of=optimizers)
    for axis, (column, words) in zip(axes, _PANELS.items(), strict=True):
        for row, optimizer in enumerate(optimizers):
            values = costs.loc[costs["optimizer"] == optimizer, column].dropna()
            look = looks[optimizer]
            axis.plot(
                values, [row] * len(values), linestyle="", marker=look.marker, color=look.color, ms=3.6, alpha=0.75
            )
            axis.plot([values.median()], [row], linestyle="", marker="|", color=INK, ms=8, mew=1.3, zorder=4)
        scale(axis, "x", limits([0.0, *costs[column]] if column != "ratio" else costs[column]))
        rows_of(axis, optimizers, labels=axis is axes[0])
        axis.grid(axis="y", visible=False)
        axis.set_xlabel(words.format(reference=reference))
    return figure
