"""Performance profile: the share of tasks that each optimizer solves within a multiple of the fastest one's steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optbench.analysis.across.profiles import R_MAX
from optbench.reporting.figures.panels import grid, legend
from optbench.reporting.present import present
from optbench.reporting.style import GREY, Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_END = 2 * R_MAX


def draw_profile(profile: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the steps of `across.profiles.profile` up to twice the ratio at which the score's area ends."""
    from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

    optimizers = present(looks, profile["optimizer"])
    figure, (axis,) = grid([""], 2.3, optimizers)
    axis.axvline(R_MAX, color=GREY, lw=0.8, ls=(0, (3, 2)))
    for name in optimizers:
        steps = profile[profile["optimizer"] == name]
        look = looks[name]
        axis.step(
            [*steps["ratio"], max(_END, steps["ratio"].max())],
            [*steps["share"], steps["share"].iloc[-1]],
            where="post",
            color=look.color,
            linestyle=look.line,
        )
        axis.plot(steps["ratio"], steps["share"], linestyle="", marker=look.marker, color=look.color, ms=3.2)
    axis.set_xscale("log", base=2)
    axis.set_xlim(0.97, _END)
    axis.set_ylim(-0.03, 1.03)
    axis.xaxis.set_major_locator(FixedLocator([1, 2, R_MAX, _END]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda ratio, _: f"{ratio:g}")
    axis.yaxis.set_major_formatter(PercentFormatter(1.0))
    axis.set_xlabel("steps to the target / those of the fastest")
    axis.set_ylabel("tasks solved")
    legend(figure, looks, optimizers)
    return figure
