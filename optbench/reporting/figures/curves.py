"""Learning curves: one panel per task, mean and interval over the report seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.reporting.figures.panels import Limits, crosses, first_of_row, grid, legend, out_of_range, scale
from optbench.reporting.figures.window import corner, cut_start, window
from optbench.reporting.present import present
from optbench.reporting.style import GREY, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RUNS_FOR_A_BAND = 3
"""An interval of two runs is 13 standard errors wide and would only hide the curves."""

X_LABELS = {"step": "steps", "train_seconds": "training time (s)"}


def draw_curves(
    curves: pd.DataFrame, runs: pd.DataFrame, tasks: Iterable[str], looks: Mapping[str, Look], x: str
) -> Figure:
    """Draw `analysis.curves` tables (`curves`, `curve_runs`) of one condition over `x`, a key of `X_LABELS`.

    Panels are `window`s; where they are logarithmic, so are means and bands, and means of 0 are open triangles at the
    lower edge. Failed runs are thin lines that end in a cross, at the upper edge where they left the panel. Fewer than
    three completed runs are thin lines too, instead of a band. Optimizers without a look are thin grey lines, their
    means only, and may leave the panel on the right.
    """
    tasks = present(tasks, runs["task"])
    optimizers = present(looks, runs["optimizer"])
    figure, axes = grid(tasks, 1.85, optimizers)
    shown = ""
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        means, single = curves[curves["task"] == task], runs[runs["task"] == task]
        quantity = str(single["quantity"].iloc[0])
        known = means["optimizer"].isin(optimizers)
        found = window(means, single.loc[single["step"] == 0, "value"].max() if _falls(single) else math.inf)
        means = _on_the_scale(means, found)
        _others(axis, means[~known], x)
        for optimizer in optimizers:
            look = looks[optimizer]
            _mean(axis, means[means["optimizer"] == optimizer], look, found, x)
            own = single[single["optimizer"] == optimizer]
            _failed(axis, own[~own["completed"]], look, found, x)
            if own.loc[own["completed"], "run_id"].nunique() < _RUNS_FOR_A_BAND:
                _each(axis, own[own["completed"]], look, found, x)
        scale(axis, "y", found)
        corner(axis, cut_start(means, found))
        axis.set_xlim(left=0)
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlabel(X_LABELS[x])
        if first_of_row(i, len(tasks)) or quantity != shown:
            axis.set_ylabel(quantity)
        shown = quantity
    legend(figure, looks, optimizers, others=curves.loc[~curves["optimizer"].isin(optimizers), "optimizer"].nunique())
    return figure


def _on_the_scale(means: pd.DataFrame, found: Limits) -> pd.DataFrame:
    """The means and intervals that belong on the axis."""
    logarithms = {column: means[f"log_{column}"] for column in ("mean", "low", "high")}
    return means.assign(**logarithms) if found.log else means


def _falls(single: pd.DataFrame) -> bool:
    """Whether it is a loss; other measurements may begin anywhere."""
    return bool(single["quantity"].isin((SUBOPTIMALITY, VALIDATION_LOSS)).all())


def _others(axis: Axes, means: pd.DataFrame, x: str) -> None:
    from matplotlib.collections import LineCollection

    lines = [curve[[x, "mean"]].dropna().to_numpy() for _, curve in means.groupby("optimizer", sort=False)]
    if lines:
        axis.add_collection(LineCollection(lines, colors=GREY, linewidths=0.5, zorder=1.2), autolim=False)


def _mean(axis: Axes, curve: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    curve = curve[curve["mean"].notna()]
    axis.plot(
        curve[x].to_numpy(),
        found.stretched.clip(curve["mean"]).to_numpy(),
        color=look.color,
        linestyle=look.line,
        marker=look.marker,
        markevery=max(1, len(curve) // 5),
        mec=PAPER,
        mew=0.4,
    )
    band = curve[(curve["n"] >= _RUNS_FOR_A_BAND) & curve["high"].notna()]
    low, high = (found.stretched.clip(band[end]).to_numpy() for end in ("low", "high"))
    axis.fill_between(band[x].to_numpy(), low, high, color=look.color, alpha=0.16, lw=0)
    if found.log:
        below = curve.loc[curve["mean"] == 0, x].tolist()
        out_of_range(axis, below, [found.low] * len(below), look.color, "v")


def _each(axis: Axes, runs: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    for _, run in runs.groupby("run_id", sort=False):
        axis.plot(run[x].to_numpy(), found.stretched.clip(run["value"]).to_numpy(), color=look.color, lw=0.6, alpha=0.6)


def _failed(axis: Axes, runs: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    for _, run in runs.groupby("run_id", sort=False):
        at, values = run[x].to_numpy(float), run["value"].to_numpy(float)
        inside = np.flatnonzero(values <= found.high)
        end = int(inside[-1]) + 1 if len(inside) else len(values)
        shown = slice(0, end + 1)
        axis.plot(
            at[shown], np.clip(values[shown], found.stretched.low, found.stretched.high), color=look.color, lw=0.6
        )
        left = end < len(values) or not len(inside)
        place = min(end, len(values) - 1)
        crosses(axis, [at[place]], [found.high if left else max(values[place], found.low)], look.color)
