"""Paths of optimizers on functions of one or two variables: one panel per task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optbench.analysis.surface import Surface
from optbench.components.function import TestFunction
from optbench.components.task import Task
from optbench.reporting.figures.panels import crosses, grid, legend
from optbench.reporting.present import present
from optbench.reporting.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 2.15
_CONTOUR, _SHADES = "#b4bcc4", ("#c6d0da", "#fcfdfd")
"""Contours, and what lies between them from low to high: pale, so that the paths stand out."""
_START: Any = {"linestyle": "", "marker": "o", "mfc": PAPER, "mec": INK, "ms": 3.8, "mew": 0.7, "zorder": 4}
_MINIMUM: Any = {"linestyle": "", "marker": "*", "color": INK, "mec": PAPER, "mew": 0.4, "ms": 7, "zorder": 6}
_STEPS = (1, 2, 5, 10)
_FIRST, _SHIFT = 16, 0.13
"""On a curve: how many points are drawn, and the distance of two optimizers' curves in heights of one."""


def draw_paths(
    paths: pd.DataFrame, tasks: Mapping[str, Task], surfaces: Mapping[str, Surface], looks: Mapping[str, Look]
) -> Figure:
    """Draw `analysis.paths` of one condition on the surfaces of its tasks, a panel each.

    In the plane a path is a line over contours; over one variable it is the first points on the curve, of which each
    optimizer has a copy. A path that ends in a cross did not complete.
    """
    names = present(tasks, paths["task"])
    optimizers = present(looks, paths["optimizer"])
    figure, axes = grid(names, _HEIGHT, optimizers)
    for name, axis in zip(names, axes, strict=True):
        own = paths[paths["task"] == name]
        test_function = tasks[name].test_function
        assert test_function is not None
        draw = _plane if len(test_function.window) == 2 else _line
        draw(axis, own, test_function, surfaces.get(name), {optimizer: looks[optimizer] for optimizer in optimizers})
    legend(figure, looks, optimizers)
    return figure


def _plane(
    axis: Axes, paths: pd.DataFrame, test_function: TestFunction, surface: Surface | None, looks: Mapping[str, Look]
) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    (left, right), (bottom, top) = test_function.window
    if surface is not None:
        shades = LinearSegmentedColormap.from_list("heights", _SHADES)
        colors = shades(np.linspace(0, 1, len(surface.levels)))
        axis.contourf(
            *surface.axes, surface.values, levels=surface.levels, colors=colors[1:], extend="min", rasterized=True
        )
        axis.contour(*surface.axes, surface.values, levels=surface.levels, colors=_CONTOUR, linewidths=0.35)
    for optimizer, look in looks.items():
        path = paths[paths["optimizer"] == optimizer]
        if len(path):
            axis.plot(path["x"], path["y"], color=look.color, linestyle=look.line, lw=0.9, zorder=3)
            _end(axis, path, path["x"].clip(left, right), path["y"].clip(bottom, top), look)
    starts = paths[paths["step"] == 0]
    axis.plot(starts["x"], starts["y"], **_START)
    if test_function.minima:
        axis.plot(*zip(*test_function.minima, strict=True), **_MINIMUM)
    axis.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
    axis.locator_params(nbins=5, steps=_STEPS)
    axis.grid(False)


def _line(
    axis: Axes, paths: pd.DataFrame, test_function: TestFunction, surface: Surface | None, looks: Mapping[str, Look]
) -> None:
    ((left, right),) = test_function.window
    axis.set(xlim=(left, right), xlabel="x", yticks=[])
    axis.spines["left"].set_visible(False)
    axis.locator_params(axis="x", nbins=5, steps=_STEPS)
    axis.grid(False)
    if surface is None:
        return
    (x,), values = surface.axes, surface.values - surface.values.min()
    for row, (optimizer, look) in enumerate(reversed(list(looks.items()))):
        path = paths[(paths["optimizer"] == optimizer) & paths["x"].between(left, right)].head(_FIRST)
        shift = row * _SHIFT * values.max()
        axis.plot(x, values + shift, color=_CONTOUR, lw=0.6)
        heights = np.interp(path["x"], x, values) + shift
        axis.plot(path["x"].iloc[:1], heights[:1], **_START)
        axis.plot(path["x"], heights, linestyle="", marker=look.marker, color=look.color, ms=3.2, mec=PAPER, mew=0.3)
    axis.set_ylim(-0.06 * values.max(), values.max() * (1.02 + _SHIFT * (len(looks) - 1)))
    for (minimum,) in test_function.minima:
        axis.plot([minimum], [0], **_MINIMUM)


def _end(axis: Axes, path: pd.DataFrame, x: pd.Series[float], y: pd.Series[float], look: Look) -> None:
    if path["completed"].all():
        axis.plot(
            path["x"].iloc[-1:],
            path["y"].iloc[-1:],
            linestyle="",
            marker=look.marker,
            color=look.color,
            ms=4,
            mec=PAPER,
            mew=0.5,
            zorder=5,
        )
    else:
        crosses(axis, x.iloc[-1:].tolist(), y.iloc[-1:].tolist(), look.color)
