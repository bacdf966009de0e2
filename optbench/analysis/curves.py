"""Learning curves of the report runs: the mean with its interval, and each run's own points."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import mean_intervals
from optbench.analysis.runs import RUN

SUBOPTIMALITY, VALIDATION_LOSS = "suboptimality", "validation loss"
CLOCKS = ["step", "train_seconds", "gradient_evaluations"]
"""What a curve can be drawn over."""
RUN_COLUMNS = [*CELL, "run_id", "seed", "status", "completed", "quantity", *CLOCKS, "value"]
COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "quantity": "suboptimality where the optimum is known, else validation loss",
    "step": "updates made",
    "train_seconds": "median of the train clock; NaN where the runs come from several machines",
    "gradient_evaluations": "median number of forward and backward passes so far",
    "n": "completed report runs",
    "mean": "arithmetic for losses, geometric for suboptimality",
    "low": "lower end of its 95 % Student t interval (taken of the logarithms for suboptimality)",
    "high": "upper end of it",
    "log_mean": "geometric mean, which is what belongs on a logarithmic axis: 0 where a value is 0, NaN where one is "
    "negative",
    "log_low": "lower end of its interval, taken of the logarithms",
    "log_high": "upper end of it; NaN where a value is 0",
}


def curve_runs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`RUN_COLUMNS` for every evaluation point of every report run.

    A suboptimality below 0 is one of 0: no loss is below the optimum but by how numbers are rounded.
    """
    report = runs.loc[runs["is_report"], [*RUN, "completed"]]
    points = frame.dropna(subset=["step"]).merge(report, on=RUN).sort_values([*RUN, "step"], kind="stable")
    known = points.groupby("task")["suboptimality"].transform("count") > 0
    points["quantity"] = known.map({True: SUBOPTIMALITY, False: VALIDATION_LOSS})
    points["value"] = points["validation_loss"].mask(known, points["suboptimality"].clip(lower=0))
    one_machine = points.groupby(CELL)["machine"].transform("nunique") <= 1
    points["train_seconds"] = points["train_seconds"].where(one_machine)
    return points[RUN_COLUMNS].reset_index(drop=True)


def curves(curve_runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` per cell and step over the completed runs; what the failed ones did is in `curve_runs`."""
    key = [*CELL, "quantity", "step"]
    completed = curve_runs.loc[curve_runs["completed"], [*key, *CLOCKS[1:], "value"]]
    table = completed.groupby(key, sort=False)[CLOCKS[1:]].median()
    table[["n", "mean", "low", "high"]] = mean_intervals(completed["value"], completed, key)
    logarithms = ["log_mean", "log_low", "log_high"]
    table[logarithms] = _on_a_log_scale(completed, key)
    table = table.reset_index()
    suboptimal = table["quantity"] == SUBOPTIMALITY
    table.loc[suboptimal, ["mean", "low", "high"]] = table.loc[suboptimal, logarithms].to_numpy()
    table = table.astype({name: float for name in COLUMNS if name not in (*CELL, "quantity")})
    return table.sort_values([*CELL, "step"], kind="stable", ignore_index=True)[list(COLUMNS)]


def _on_a_log_scale(points: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Geometric means of each group and the ends of their intervals."""
    value = points["value"]
    found = 10.0 ** mean_intervals(np.log10(value.where(value > 0)), points, key)[["center", "low", "high"]]
    least = value.groupby([points[name] for name in key], sort=False).min()
    found[least < 0] = np.nan
    found[least == 0] = (0.0, 0.0, np.nan)
    return found
