"""Layers over time: one panel per task, layers from below to above, steps from left to right, the size as colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.reporting.figures.panels import first_of_row, grid
from optbench.reporting.present import present
from optbench.reporting.style import GREY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {"gradient": "gradient (rms)", "update": "update / weight (rms)"}
_DECADES = 9
"""Colours end so far below the highest one; what is smaller has the last colour."""


def draw_layers(layers: pd.DataFrame, tasks: Iterable[str], measure: str) -> Figure:
    """Draw `analysis.layers_over_time` of one condition, optimizer and measure, with the same colours in all panels."""
    from matplotlib.colors import LogNorm

    tasks = present(tasks, layers["task"])
    figure, axes = grid(tasks, 1.6)
    finite = layers.loc[np.isfinite(layers["value"]) & (layers["value"] > 0), "value"]
    low, high = (float(finite.min()), float(finite.quantile(0.99))) if len(finite) else (0.1, 1.0)
    norm = LogNorm(max(low, high / 10**_DECADES), high * 1.0001, clip=True)
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        values = layers[layers["task"] == task].pivot(index="depth", columns="step", values="value")
        axis.set_facecolor(GREY)
        edges = _edges(values.columns.to_numpy()), _edges(values.index.to_numpy())
        mesh = axis.pcolormesh(*edges, values.replace(np.inf, norm.vmax), norm=norm, cmap="viridis")
        mesh.set_rasterized(True)
        axis.grid(False)
        axis.locator_params(axis="y", integer=True)
        axis.set_xlabel("steps")
        if first_of_row(i, len(tasks)):
            axis.set_ylabel("layer")
    figure.colorbar(
        mesh, ax=axes, location="bottom", pad=0.02, shrink=0.5, aspect=40, extend="both", label=LABELS[measure]
    )
    return figure


def _edges(centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where cells around these increasing numbers begin and end: halfway to their neighbours."""
    if len(centers) == 1:
        return np.array([centers[0] - 0.5, centers[0] + 0.5])
    between = (centers[1:] + centers[:-1]) / 2
    return np.array([2 * centers[0] - between[0], *between, 2 * centers[-1] - between[-1]])
