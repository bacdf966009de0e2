"""What an axis shows at first, so that differences are seen; the reader can always zoom out."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = 0.1
"""Share of a curve that may lie outside, lest the first values flatten the rest."""
MARGIN = 0.06
"""Share of the axis that is left free at either end."""
FACTOR = 5.0
"""Positive numbers that differ by more than this are shown on a logarithmic axis."""

WHOLE = (-0.02, 1.02)
"""The range of a share, with room for the lines at its ends."""


def differ_much(means: pd.Series[float]) -> bool:
    """Whether positive numbers differ so much that only a logarithmic axis shows the small ones."""
    data = means[np.isfinite(means)]
    return bool(len(data) and data.min() > 0 and data.max() / FACTOR > data.min())


def after_the_start(curves: pd.DataFrame, log: bool) -> tuple[float, float] | None:
    """The range of `mean` after the first tenth of `step`, widened where the start adds little to it."""
    if curves.empty:
        return None
    finite = curves[np.isfinite(curves["mean"])]
    later = finite.loc[finite["step"] > START * finite["step"].max(), "mean"]
    start = finite.loc[finite["step"] == finite["step"].min(), "mean"]
    if later.empty or (log and finite["mean"].min() <= 0):
        return None
    scale, back = (np.log10, lambda value: 10.0**value) if log else (np.asarray, float)
    low, high = float(scale(later.min())), float(scale(later.max()))
    first = float(scale(start.max())) if len(start) else high
    if first - low <= 2 * (high - low):
        high = max(high, first)
    space = MARGIN * ((high - low) or abs(high) or 1.0)
    return float(back(low - space)), float(back(high + space))
