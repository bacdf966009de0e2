"""Tuning effort: the best validation value to be expected of k trials."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.components.task import Task
from optbench.reporting.charts.chart import Line, Panel, on_the_x_axis, values
from optbench.reporting.charts.ranges import differ_much
from optbench.reporting.metric import is_share

_X = {"k": "trials"}


def effort_panels(effort: pd.DataFrame, tasks: Mapping[str, Task]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.effort` of one condition, k on a logarithmic axis."""
    panels = []
    for name, table in effort.groupby("task", sort=False):
        lines = tuple(
            Line(str(entry), on_the_x_axis(line, _X), values(line["expected_best"]))
            for entry, line in table.groupby("optimizer", sort=False)
        )
        quantity, log = str(table["quantity"].iloc[0]), differ_much(table["expected_best"])
        panels.append(Panel(str(name), _X, quantity, lines, log_x=True, log_y=log, percent=is_share(tasks[str(name)])))
    return tuple(panels)
