"""Learning curves of the report runs: the mean with its interval, and each run's own points."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import mean_interval
from optbench.analysis.runs import RUN

SUBOPTIMALITY, VALIDATION_LOSS = "suboptimality", "validation loss"
RUN_COLUMNS = [*CELL, "run_id", "seed", "status", "completed", "quantity", "step", "train_seconds", "value"]
COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "quantity": "suboptimality where the optimum is known, else validation loss",
    "step": "updates made",
    "train_seconds": "median of the train clock; NaN where the runs come from several machines",
    "n": "completed report runs",
    "mean": "arithmetic for losses, geometric for suboptimality",
    "low": "lower end of its 95 % Student t interval (taken of the logarithms for suboptimality)",
    "high": "upper end of it",
}

FLOOR = 1e-16
"""Suboptimality is not told from zero below this in float64."""


def curve_runs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`RUN_COLUMNS` for every evaluation point of every report run."""
    report = runs.loc[runs["is_report"], [*RUN, "completed"]]
    points = frame.dropna(subset=["step"]).merge(report, on=RUN).sort_values([*RUN, "step"], kind="stable")
    known = points.groupby("task")["suboptimality"].transform("count") > 0
    points["quantity"] = known.map({True: SUBOPTIMALITY, False: VALIDATION_LOSS})
    points["value"] = points["validation_loss"].mask(known, points["suboptimality"].clip(lower=FLOOR))
    one_machine = points.groupby(CELL)["machine"].transform("nunique") <= 1
    points["train_seconds"] = points["train_seconds"].where(one_machine)
    return points[RUN_COLUMNS].reset_index(drop=True)


def curves(curve_runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` per cell and step over the completed runs; what the failed ones did is in `curve_runs`."""
    rows = []
    completed = curve_runs.loc[curve_runs["completed"], [*CELL, "quantity", "step", "train_seconds", "value"]]
    for key, group in completed.groupby([*CELL, "quantity", "step"], sort=False):
        logarithmic = key[-2] == SUBOPTIMALITY
        values = group["value"].dropna()
        interval = mean_interval(np.log10(values) if logarithmic else values)
        center_low_high = np.array([interval.center, interval.low, interval.high])
        numbers = 10.0**center_low_high if logarithmic else center_low_high
        rows.append((*key, float(group["train_seconds"].median()), len(values), *numbers))
    numbers_only = dict.fromkeys(["step", "train_seconds", "n", "mean", "low", "high"], float)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(numbers_only)
    return table.sort_values([*CELL, "step"], kind="stable", ignore_index=True)
