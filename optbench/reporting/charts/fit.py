"""Training and validation losses at the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from optbench.analysis.curves import VALIDATION_LOSS
from optbench.reporting.charts.chart import Line, Panel, on_the_x_axis, values
from optbench.reporting.charts.ranges import after_the_start, differ_much

_X = {"step": "steps"}


def fit_panels(curves: pd.DataFrame, tasks: Iterable[str]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.fit_curves` of one condition; training losses are dashed."""
    return tuple(_panel(task, curves[curves["task"] == task]) for task in tasks if task in set(curves["task"]))


def _panel(task: str, curves: pd.DataFrame) -> Panel:
    log = differ_much(curves["mean"])
    return Panel(task, _X, "loss", tuple(_lines(curves)), log_y=log, y_range=after_the_start(curves, log))


def _lines(curves: pd.DataFrame) -> Iterator[Line]:
    for (entry, quantity), side in curves.groupby(["optimizer", "quantity"], sort=False):
        yield Line(
            entry=str(entry),
            x=on_the_x_axis(side, _X),
            y=values(side["mean"]),
            low=values(side["low"]),
            high=values(side["high"]),
            n=values(side["n"]),
            what=str(quantity),
            dashed=quantity != VALIDATION_LOSS,
        )
