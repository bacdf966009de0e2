"""Learning curves: one panel per task, mean and interval over the report seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.reporting.figures.panels import Limits, crosses, first_of_row, grid, legend, limits, scale
from optbench.reporting.style import GREY, PAPER, Look

_RUNS_FOR_A_BAND = 3
"""An interval of two runs is 13 standard errors wide and would only hide the curves."""

X_LABELS = {"step": "steps", "train_seconds": "training time (s)"}


def draw_curves(
    curves: pd.DataFrame, runs: pd.DataFrame, tasks: Iterable[str], looks: Mapping[str, Look], x: str
) -> Figure:
    """Draw `analysis.curves` tables (`curves`, `curve_runs`) of one condition over `x`, a key of `X_LABELS`.

    Panels end at the highest initial value; failed runs are thin lines that end in a cross, at the upper
    edge where they left the panel. Fewer than three completed runs are thin lines too, instead of a band. Optimizers
    without a look are thin grey lines, their means only, and may leave the panel on the right.
    """
    tasks = [name for name in tasks if name in set(runs["task"])]
    optimizers = [name for name in looks if name in set(runs["optimizer"])]
    figure, axes = grid(tasks, 1.85, optimizers)
    shown = ""
    for i, (task, axis) in enumerate(zip(tasks, axes, strict=True)):
        means, single = curves[curves["task"] == task], runs[runs["task"] == task]
        quantity = str(single["quantity"].iloc[0])
        known = means["optimizer"].isin(optimizers)
        found = _limits(means, single)
        _others(axis, means[~known], x)
        for optimizer in optimizers:
            look = looks[optimizer]
            _mean(axis, means[means["optimizer"] == optimizer], look, found, x)
            own = single[single["optimizer"] == optimizer]
            _failed(axis, own[~own["completed"]], look, found, x)
            if own.loc[own["completed"], "run_id"].nunique() < _RUNS_FOR_A_BAND:
                _each(axis, own[own["completed"]], look, found, x)
        scale(axis, "y", found)
        axis.set_xlim(left=0)
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlabel(X_LABELS[x])
        if first_of_row(i, len(tasks)) or quantity != shown:
            axis.set_ylabel(quantity)
        shown = quantity
    legend(figure, looks, optimizers, others=curves.loc[~curves["optimizer"].isin(optimizers), "optimizer"].nunique())
    return figure


def _limits(means: pd.DataFrame, single: pd.DataFrame) -> Limits:
    start = single.loc[single["step"] == 0, "value"].max() if _falls(single) else math.inf
    lowest = means["low"].where(means["low"] > 0.5 * means["mean"], means["mean"])
    return limits([*lowest.fillna(means["mean"]), *means["mean"], start], ceiling=start, headroom=0.04)


def _falls(single: pd.DataFrame) -> bool:
    """Whether it is a loss; other measurements may begin anywhere."""
    return bool(single["quantity"].isin((SUBOPTIMALITY, VALIDATION_LOSS)).all())


def _others(axis: Axes, means: pd.DataFrame, x: str) -> None:
    lines = [curve[[x, "mean"]].dropna().to_numpy() for _, curve in means.groupby("optimizer", sort=False)]
    if lines:
        axis.add_collection(LineCollection(lines, colors=GREY, linewidths=0.5, zorder=1.2), autolim=False)


def _mean(axis: Axes, curve: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    curve = curve[curve["mean"].notna()]
    at = np.arange(len(curve))
    axis.plot(
        curve[x],
        curve["mean"],
        color=look.color,
        linestyle=look.line,
        marker=look.marker,
        markevery=max(1, len(at) // 5),
        mec=PAPER,
        mew=0.4,
    )
    band = curve[curve["n"] >= _RUNS_FOR_A_BAND]
    axis.fill_between(band[x], found.clip(band["low"]), found.clip(band["high"]), color=look.color, alpha=0.16, lw=0)


def _each(axis: Axes, runs: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    for _, run in runs.groupby("run_id", sort=False):
        axis.plot(run[x], found.clip(run["value"]), color=look.color, lw=0.6, alpha=0.6)


def _failed(axis: Axes, runs: pd.DataFrame, look: Look, found: Limits, x: str) -> None:
    for _, run in runs.groupby("run_id", sort=False):
        inside = run[(run["value"] <= found.high).cummin()]
        left = len(inside) < len(run)
        axis.plot(
            run[x], found.clip(run["value"]).where(run["value"].index.isin(inside.index)), color=look.color, lw=0.6
        )
        end = run.iloc[[len(inside)]] if left else run.iloc[[-1]]
        crosses(axis, end[x].tolist(), [found.high] if left else end["value"].tolist(), look.color)
