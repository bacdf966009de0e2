"""Fit: the gap between training and validation loss, and whether a cell under-fits, over-fits or fits well."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.analysis.condition import CELL
from optbench.analysis.curves import CLOCKS, RUN_COLUMNS, VALIDATION_LOSS
from optbench.analysis.groups import positions
from optbench.analysis.intervals import Interval, mean_interval
from optbench.analysis.runs import RUN
from optbench.components.task import Task

Numbers = NDArray[np.float64]

UNDERFIT, OVERFIT, GOOD, NO_PROGRESS = "under-fitted", "over-fitted", "good fit", "no progress"
LEAST_RISE = 0.05
"""Share of the lowest validation loss by which it has to have risen again."""

TRAINING_LOSS = "training loss"

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "n": "completed report runs",
    "train_loss": "mean final training loss, in evaluation mode, on as many examples as validation (see `fit_runs`)",
    "validation_loss": "mean final validation loss",
    "gap": "mean of validation loss - training loss",
    "gap_half_width": "half width of its 95 % Student t interval",
    "rise": "mean of how far the reported validation loss is above the lowest one of the evaluation points",
    "label": "see `fit`",
}


def fit(frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` for every cell with a completed report run; its label is the first that applies of

    - `no progress`: most runs ended with a training loss no better than the first;
    - `under-fitted`: the mean training metric misses the task's `train_target`, where it has one;
    - `over-fitted`: the validation loss has risen from its lowest value by more than 5 % of that and than two standard
      errors over the runs, while the training loss kept falling;
    - `good fit`.
    """
    report = runs[runs["is_report"] & runs["completed"]]
    curves = frame.merge(report[RUN], on=RUN).sort_values("step", kind="stable")
    curves = curves[curves["step"] <= curves["final_step"]]
    losses = [curves[name].to_numpy(float) for name in ("validation_loss", "train_eval_loss")]
    rises = [(*run, *_rise(*(loss[own] for loss in losses))) for run, own in positions(curves, RUN).items()]
    report = report.merge(pd.DataFrame(rises, columns=[*RUN, *_RISE]), on=RUN, how="left")
    columns = {name: report[name].to_numpy(float) for name in (*_FINAL, *_RISE)}
    rows = []
    for key, own in positions(report, CELL).items():
        group = {name: column[own] for name, column in columns.items()}
        gap = mean_interval(group["final_validation_loss"] - group["final_train_eval_loss"])
        rise = mean_interval(group["rise"])
        train, validation = _mean(group["final_train_eval_loss"]), _mean(group["final_validation_loss"])
        label = _label(group, rise, tasks[key[CELL.index("task")]])
        rows.append((*key, len(own), train, validation, gap.center, gap.half_width, rise.center, label))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def fit_runs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`curves.RUN_COLUMNS` for the training and the validation loss at every evaluation point of every report run.

    Both are taken at the same weights, in evaluation mode, on as many training examples as validation ones (on all
    where the optimum is known), over steps alone. Tasks without data, whose two losses are the same everywhere, are
    left out.
    """
    points = frame.dropna(subset=["step", "train_eval_loss", "validation_loss"]).assign(
        **dict.fromkeys(CLOCKS[1:], math.nan)
    )
    points = points.merge(runs.loc[runs["is_report"], [*RUN, "completed"]], on=RUN)
    points = points.sort_values([*RUN, "step"], kind="stable")
    differs = points["train_eval_loss"].ne(points["validation_loss"]).groupby(points["task"]).transform("any")
    points = points[differs]
    sides = {TRAINING_LOSS: "train_eval_loss", VALIDATION_LOSS: "validation_loss"}
    both = [points.assign(quantity=quantity, value=points[column]) for quantity, column in sides.items()]
    return pd.concat(both, ignore_index=True)[RUN_COLUMNS]


_RISE = ("rise", "lowest", "fell_on")


_FINAL = ("no_progress", "final_validation_loss", "final_train_eval_loss", "final_train_eval_metric")


def _rise(validation: Numbers, train: Numbers) -> tuple[float, float, bool]:
    """How far a run's validation loss is above its lowest, that one, and whether the training loss fell after it."""
    lowest = int(np.nanargmin(validation))
    return float(validation[-1] - validation[lowest]), float(validation[lowest]), bool(train[-1] < train[lowest])


def _mean(values: Numbers) -> float:
    """Mean of those that are not missing; NaN where all are."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else math.nan


def _label(group: Mapping[str, Numbers], rise: Interval, task: Task) -> str:
    if group["no_progress"].mean() > 0.5:
        return NO_PROGRESS
    metric = _mean(group["final_train_eval_metric"])
    if task.train_target is not None and (metric < task.train_target) == task.higher_is_better:
        return UNDERFIT
    n = len(group["rise"])
    error = float(group["rise"].std(ddof=1)) / n**0.5 if n > 1 else 0.0
    if rise.center > max(2 * error, LEAST_RISE * abs(_mean(group["lowest"]))) and group["fell_on"].mean() > 0.5:
        return OVERFIT
    return GOOD
