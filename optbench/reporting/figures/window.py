"""What a panel with curves shows, so that differences are seen: not the start where it would flatten the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.reporting.figures.panels import FACTOR, Limits, limits
from optbench.reporting.numbers import number
from optbench.reporting.style import FAINT, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_START = 0.1
"""Share of a curve that may lie above the panel."""
_FLATTENED = 2.0
"""The start is cut where it takes more than so many times the height of the rest."""
_BAND = 0.25
"""Bands may widen the range of the means by this share of it at either end."""

Numbers = NDArray[np.float64]


def window(curves: pd.DataFrame, start: float = math.inf, lowest: float = -math.inf) -> Limits:
    """Limits of the y axis for `analysis.curves.COLUMNS` of one task.

    Of losses, which fall from `start`, nothing above that is shown, and the first tenth of the steps only if it leaves
    a third of the height to the rest. Nothing below `lowest` is shown. The axis is logarithmic where what is shown is
    positive and spans more than a factor of five. Where nothing falls below `start`, what rises is shown.
    """
    later = curves.loc[curves["step"] > curves["step"].min(), "mean"].min()
    start = math.inf if later >= start else start
    linear = _range(curves["mean"].to_numpy(float), curves["step"].to_numpy(float), start, lowest)
    logs = np.log10(curves["log_mean"].where(curves["log_mean"] > 0)).to_numpy(float)
    negative = curves["mean"].notna() & curves["log_mean"].isna()
    if negative.any() or np.isnan(logs).all() or 0 < linear[0] >= linear[1] / FACTOR:
        return limits(_with_bands(linear, curves["low"], curves["high"].clip(upper=start)), headroom=0.06)
    steps, ends = curves["step"].to_numpy(float), np.log10([max(start, 1e-300), max(lowest, 1e-300)])
    low, high = _range(logs, steps, ends[0], ends[1])
    shown = _with_bands(
        (low, high),
        *(np.log10(curves[end].where(curves[end] > 0)).clip(upper=ends[0]) for end in ("log_low", "log_high")),
    )
    return limits(10.0 ** np.array(shown), headroom=0.06, log=True)


def cut_start(curves: pd.DataFrame, shown: Limits) -> str:
    """Where curves start that begin above the panel, in words; empty where none does."""
    first = curves.loc[curves["step"] == curves["step"].min(), "mean"].max()
    return f"starts at {number(first, 3)}" if first > shown.high else ""


def corner(axis: Axes, words: str) -> None:
    """Small grey words in the upper right corner of a panel."""
    if words:
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0, "alpha": 0.8}
        at = axis.transAxes
        axis.text(0.97, 0.97, words, transform=at, ha="right", va="top", fontsize=6, color=FAINT, bbox=box, zorder=6)


def _range(values: Numbers, steps: Numbers, start: float, lowest: float) -> tuple[float, float]:
    """From the lowest value to the highest one after the start, or to the highest of all if that leaves enough room."""
    finite = np.isfinite(values)
    values, steps = values[finite], steps[finite]
    if not len(values):
        return 0.0, 1.0
    low, top = max(float(values.min()), lowest), min(float(values.max()), start)
    later = values[steps > _START * steps.max()]
    high = min(float(later.max()), top) if len(later) and math.isfinite(start) else top
    high = max(high, low)
    return low, top if top - high <= _FLATTENED * (high - low) else high


def _with_bands(shown: tuple[float, float], low: pd.Series[float], high: pd.Series[float]) -> tuple[float, float]:
    span = shown[1] - shown[0]
    room = _BAND * span if span else math.inf
    least, most = low.min(), high.max()
    return (
        shown[0] if math.isnan(least) else max(min(shown[0], least), shown[0] - room),
        shown[1] if math.isnan(most) else min(max(shown[1], most), shown[1] + room),
    )
