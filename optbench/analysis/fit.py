"""Fit: the gap between training and validation loss, and whether a cell under-fits, over-fits or fits well."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.curves import CLOCKS, RUN_COLUMNS, VALIDATION_LOSS
from optbench.analysis.intervals import Interval, mean_interval
from optbench.analysis.runs import RUN
from optbench.components.task import Task

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
    found = pd.DataFrame([_rise(curve) for _, curve in curves.groupby(RUN)], columns=[*RUN, *_RISE])
    report = report.merge(found, on=RUN, how="left")
    rows = []
    for key, group in report.groupby(CELL, sort=False):
        gap = mean_interval(group["final_validation_loss"] - group["final_train_eval_loss"])
        rise = mean_interval(group["rise"])
        train, validation = (float(group[f"final_{part}_loss"].mean()) for part in ("train_eval", "validation"))
        label = _label(group, rise, tasks[str(key[CELL.index("task")])])
        rows.append((*key, len(group), train, validation, gap.center, gap.half_width, rise.center, label))
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


def _rise(curve: pd.DataFrame) -> tuple[str, str, float, float, bool]:
    """How far a run's validation loss is above its lowest, that one, and whether the training loss fell after it."""
    first, last = curve.iloc[0], curve.iloc[-1]
    lowest = curve.iloc[int(curve["validation_loss"].argmin())]
    fell_on = bool(last["train_eval_loss"] < lowest["train_eval_loss"])
    rise = float(last["validation_loss"] - lowest["validation_loss"])
    return first["source"], first["run_id"], rise, float(lowest["validation_loss"]), fell_on


def _label(group: pd.DataFrame, rise: Interval, task: Task) -> str:
    if group["no_progress"].mean() > 0.5:
        return NO_PROGRESS
    metric = float(group["final_train_eval_metric"].mean())
    if task.train_target is not None and (metric < task.train_target) == task.higher_is_better:
        return UNDERFIT
    error = float(group["rise"].std(ddof=1)) / len(group) ** 0.5 if len(group) > 1 else 0.0
    if rise.center > max(2 * error, LEAST_RISE * abs(float(group["lowest"].mean()))) and group["fell_on"].mean() > 0.5:
        return OVERFIT
    return GOOD
