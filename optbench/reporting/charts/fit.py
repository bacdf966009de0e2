"""Training and validation losses at the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from optbench.analysis.curves import VALIDATION_LOSS
from optbench.analysis.groups import positions
from optbench.reporting.charts.chart import Line, Panel, taken, values
from optbench.reporting.charts.ranges import after_the_start, differ_much
from optbench.reporting.present import present

_X = {"step": "steps"}


def fit_panels(curves: pd.DataFrame, tasks: Iterable[str]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.fit_curves` of one condition; training losses are dashed."""
    return tuple(_panel(task, curves[curves["task"] == task]) for task in present(tasks, curves["task"]))


def _panel(task: str, curves: pd.DataFrame) -> Panel:
    log = differ_much(curves["mean"])
    return Panel(task, _X, "loss", tuple(_lines(curves)), log_y=log, y_range=after_the_start(curves, log))


def _lines(curves: pd.DataFrame) -> Iterator[Line]:
    step, mean, low, high, n = (values(curves[name]) for name in ("step", "mean", "low", "high", "n"))
    for (entry, quantity), own in positions(curves, ["optimizer", "quantity"]).items():
        yield Line(
            entry=str(entry),
            x={"step": taken(step, own)},
            y=taken(mean, own),
            low=taken(low, own),
            high=taken(high, own),
            n=taken(n, own),
            what=str(quantity),
            dashed=quantity != VALIDATION_LOSS,
        )
