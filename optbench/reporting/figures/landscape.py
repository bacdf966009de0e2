"""The loss around a solution, and along the path to it, as contours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optbench.reporting.style import INK, PAPER, TWO_COLUMNS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = 24


Plane = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""x, y, and the losses `[len(y), len(x)]` on their grid."""


def draw_landscape(
    around: Plane, plane: Plane, path: NDArray[np.float64], explained: tuple[float, float], title: str
) -> Figure:
    """Draw the slice around the solution, and the principal plane of the path with the path on it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(TWO_COLUMNS, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    _contours(figure, left, around)
    left.plot(0, 0, "*", color=INK, ms=8, mec=PAPER, mew=0.5)
    left.set_xlabel("first random direction, filter-normalised")
    left.set_ylabel("second")
    left.set_title("around the solution")
    _contours(figure, right, plane)
    right.plot(path[:, 0], path[:, 1], "o-", color=INK, ms=2.5, lw=1)
    right.plot(*path[0], "s", color=PAPER, ms=5, mec=INK)
    right.plot(*path[-1], "*", color=INK, ms=8, mec=PAPER, mew=0.5)
    right.set_xlabel(f"first principal axis ({100 * explained[0]:.0f} % of the path)")
    right.set_ylabel(f"second ({100 * explained[1]:.0f} %)")
    right.set_title("along the path")
    figure.suptitle(title, fontsize=8)
    return figure


def _contours(figure: Figure, axis: Axes, plane: Plane) -> None:
    """Filled contours whose levels are evenly spaced in logarithms, so that the valley is not one colour."""
    x, y, loss = plane
    finite = loss[np.isfinite(loss)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    shifted = np.clip(np.nan_to_num(loss, nan=high, posinf=high), low, high)
    span = (high - low) or 1.0
    levels = low + span * (np.logspace(0, 2, LEVELS) - 1) / 99
    filled = axis.contourf(x, y, shifted, levels=levels, cmap="viridis_r")
    axis.contour(x, y, shifted, levels=levels[::3], colors=PAPER, linewidths=0.3)
    axis.grid(False)
    bar = figure.colorbar(filled, ax=axis, ticks=levels[[0, LEVELS // 2, LEVELS * 3 // 4, LEVELS - 1]], format="%.3g")
    bar.set_label("training loss")
