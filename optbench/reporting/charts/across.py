"""All tasks together: ranks, scores and improvement with their intervals, and the performance profile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from optbench.analysis.across.profiles import R_MAX
from optbench.reporting.charts.chart import Line, Panel, values
from optbench.reporting.charts.ranges import WHOLE
from optbench.reporting.present import present

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
    return (
        Panel("", _X, "tasks solved", tuple(lines), log_x=True, y_range=WHOLE, percent=True, end=_END, x_ticks=_TICKS),
    )


def across_panels(table: pd.DataFrame, order: Sequence[str]) -> tuple[Panel, ...]:
    """A panel for each number of `across.summary.COLUMNS` of one condition, with a row per entry in this order."""
    panels = {
        "average_rank": "average rank",
        "iqm": "interquartile mean of the scores",
        "improvement": f"probability of improvement over {table['reference'].iloc[0]}",
    }
    rows = tuple(present(order, table["optimizer"]))
    return tuple(
        Panel("", {column: words}, "", tuple(_intervals(table, column)), rows=rows)
        for column, words in panels.items()
        if table[column].notna().any()
    )


def _intervals(table: pd.DataFrame, column: str) -> Iterator[Line]:
    for row in table.dropna(subset=[column]).to_dict("records"):
        entry, low, high = str(row["optimizer"]), values([row[f"{column}_low"]]), values([row[f"{column}_high"]])
        yield Line(entry, {column: values([row[column]])}, (entry,), low, high, form="points")
