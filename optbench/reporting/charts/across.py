"""Performance profile: the share of tasks solved within a multiple of the fastest entry's steps."""

from __future__ import annotations

import math

import pandas as pd

from optbench.analysis.across.profiles import R_MAX
from optbench.reporting.charts.chart import Line, Panel, values

_X = {"ratio": "steps to the target / those of the fastest"}
_END = 2 * R_MAX
_TICKS = tuple(2.0**power for power in range(round(math.log2(_END)) + 1))


def profile_panels(profile: pd.DataFrame) -> tuple[Panel, ...]:
    """One panel for `across.profiles.profile`, up to twice the ratio at which the score's area ends."""
    lines = []
    for entry, steps in profile.groupby("optimizer", sort=False):
        ratios = [*steps["ratio"], max(_END, steps["ratio"].max())]
        shares = [*steps["share"], steps["share"].iloc[-1]]
        lines.append(Line(str(entry), {"ratio": values(ratios)}, values(shares), form="steps"))
    return (Panel("", _X, "tasks solved", tuple(lines), log_x=True, percent=True, end=_END, x_ticks=_TICKS),)
