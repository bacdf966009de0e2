"""Over the whole of training: the value at the end, the best one, and the area under the curve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.analysis.groups import positions
from optbench.analysis.intervals import mean_interval
from optbench.analysis.runs import RUN
from optbench.components.task import Task

Numbers = NDArray[np.float64]
LOGARITHMIC, LINEAR = "log10", "linear"

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "quantity": "validation metric where it is a share, suboptimality where the optimum is known, else validation loss",
    "scale": "log10 for losses that are all positive, linear for shares and where a loss is not positive",
    "n": "completed report runs",
    "final": "mean value at the last evaluation point",
    "best": "mean over the runs of the best value of the evaluation points: too good, because it is a best of many; "
    "NaN unless all runs of the task were evaluated equally often",
    "auc": "mean over the runs of `auc_of`, of the values or of their logarithms",
    "auc_half_width": "half width of its 95 % Student t interval",
}


def auc_of(steps: Numbers, values: Numbers) -> float:
    """(1/T) times the integral of the values over the steps from 0 to T, by the trapezoidal rule."""
    return float(np.trapezoid(values, steps) / (steps[-1] - steps[0]))


def auc(frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` for every cell with a completed report run."""
    points = frame.dropna(subset=["step"]).merge(runs.loc[runs["is_report"] & runs["completed"], RUN], on=RUN)
    points = points.sort_values([*RUN, "step"], kind="stable")
    rows = [row for _, group in points.groupby([*CONDITION, "task"], sort=False) for row in _rows(group, tasks)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(points: pd.DataFrame, tasks: Mapping[str, Task]) -> Iterator[tuple[Any, ...]]:
    """Rows of one task in one condition; all have one scale."""
    task = tasks[points["task"].iloc[0]]
    quantity, values, higher = _quantity(points, task)
    points = points.assign(value=values).dropna(subset=["value"])
    scale = LOGARITHMIC if not task.measure.share and (points["value"] > 0).all() else LINEAR
    equal = points.groupby(RUN).size().nunique() == 1
    steps_and_values = points[["step", "value"]].to_numpy(float).T
    ids = points["run_id"].to_numpy()
    for cell, own in positions(points, CELL).items():
        starts = np.flatnonzero(ids[own[1:]] != ids[own[:-1]]) + 1  # runs are one after the other
        curves = np.split(steps_and_values[:, own], starts, axis=1)
        final = np.mean([curve[-1] for _, curve in curves])
        best = np.mean([curve.max() if higher else curve.min() for _, curve in curves]) if equal else math.nan
        area = mean_interval(
            auc_of(steps, np.log10(curve) if scale == LOGARITHMIC else curve) for steps, curve in curves
        )
        yield (*cell, quantity, scale, len(curves), final, best, area.center, area.half_width)


def _quantity(points: pd.DataFrame, task: Task) -> tuple[str, pd.Series[float], bool]:
    """What is followed over training, its values, and whether higher ones are better."""
    if task.measure.share:
        return f"validation {task.metric.replace('_', ' ')}", points["validation_metric"], task.higher_is_better
    if points["suboptimality"].notna().any():
        return SUBOPTIMALITY, points["suboptimality"], False
    return VALIDATION_LOSS, points["validation_loss"], False
