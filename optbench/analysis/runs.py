"""One row per run, with what its first and last evaluation points say about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optbench.runs.record import RunStatus
from optbench.store.frame import RUN_COLUMNS

RUN = ["source", "run_id"]
BROKEN = [str(status) for status in RunStatus if status.unexpected]
"""Statuses of runs that failed unexpectedly."""

DERIVED_COLUMNS = {
    "is_report": "whether the run is one of its cell's report runs: with a selected setting, or skipped",
    "completed": "whether it ended with final values",
    "initial_validation_loss": "at step 0",
    "initial_validation_metric": "at step 0",
    "no_progress": "whether it completed with a smoothed training loss no better than the initial loss",
    "final_suboptimality": "suboptimality at the last evaluation point, where the optimum is known",
    "seconds_per_step": "train clock per step after the first evaluation point, so that warm-up is not in it",
    "update_seconds_per_step": "`optimizer.step` alone, without the first step",
    "gradient_evaluations_per_step": "forward and backward passes per step",
}


def one_row_per_run(frame: pd.DataFrame) -> pd.DataFrame:
    """Reduce the tidy frame to `RUN_COLUMNS` and `DERIVED_COLUMNS`, one row per (source, run_id)."""
    runs = frame.drop_duplicates(RUN)[list(RUN_COLUMNS)].set_index(RUN, drop=False).rename_axis([None, None])
    points = frame.dropna(subset=["step"]).sort_values("step", kind="stable")
    start = points[points["step"] == 0].drop_duplicates(RUN).set_index(RUN)
    end = points.drop_duplicates(RUN, keep="last").set_index(RUN)

    runs["is_report"] = runs["phase"].eq("report") & (runs["chosen"] | runs["status"].eq("skipped"))
    runs["completed"] = runs["status"].eq("completed") & runs["final_validation_metric"].notna()
    runs["initial_validation_loss"] = start["validation_loss"]
    runs["initial_validation_metric"] = start["validation_metric"]
    initial = start["train_eval_loss"].fillna(start["validation_loss"]).reindex(runs.index)
    runs["no_progress"] = runs["completed"] & (runs["final_train_loss"] >= initial)
    runs["final_suboptimality"] = end["suboptimality"].reindex(runs.index).where(runs["completed"])
    runs["seconds_per_step"] = _seconds_per_step(points)
    later = end["step"].reindex(runs.index) - 1
    runs["update_seconds_per_step"] = runs["total_update_seconds"] / later.where(later > 0)
    runs["gradient_evaluations_per_step"] = end["gradient_evaluations"] / end["step"].where(end["step"] > 0)
    return runs.reset_index(drop=True)


def _seconds_per_step(points: pd.DataFrame) -> pd.Series[float]:
    """Slope of the train clock from the first point after the start (or the start itself) to the last one."""
    moving = points[points["step"] > 0]
    first = moving.drop_duplicates(RUN).set_index(RUN)[["step", "train_seconds"]].astype(float)
    last = moving.drop_duplicates(RUN, keep="last").set_index(RUN)[["step", "train_seconds"]].astype(float)
    first = first.where(first["step"].lt(last["step"]), 0.0)
    span = last - first
    return (span["train_seconds"] / span["step"]).replace([np.inf, -np.inf], np.nan)
