"""One learning rate for all tasks: what it loses against tuning on each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from optbench.analysis.condition import CONDITION

COLUMNS = {
    **dict.fromkeys([*CONDITION, "optimizer"], "the optimizer within a condition"),
    "n_tasks": "tasks on which a rate completed",
    "lr": "the one rate with the best mean score over the tasks, of those that were tried on all of them",
    "score": "its mean score; 0 is the value before training, 1 the best that any entry reached in tuning",
    "tuned_score": "the mean score of each task's own best rate",
    "regret": "`tuned_score` - `score`",
}


def transfer(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every optimizer whose rates were tried on at least two tasks; `sensitivity` is that table.

    Scores are those of the medians of tuning runs, and 0 at least, which is also what a rate without a result counts.
    """
    scored = sensitivity.assign(score=_scores(sensitivity)).dropna(subset=["score"])
    rows = []
    for key, rates in scored.groupby([*CONDITION, "optimizer"], sort=False):
        by_rate = rates.pivot_table(index="lr", columns="task", values="score")
        everywhere = by_rate.dropna()
        if by_rate.shape[1] < 2 or everywhere.empty:
            continue
        means, tuned = everywhere.mean(axis=1), float(by_rate.max().mean())
        lr = float(means.index[int(means.argmax())])
        rows.append((*key, by_rate.shape[1], lr, float(means[lr]), tuned, tuned - float(means[lr])))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _scores(sensitivity: pd.DataFrame) -> pd.Series[float]:
    """(initial - value) / (initial - best of the task), from 0 up; NaN where nothing is better than `initial`."""
    best = sensitivity.groupby([*CONDITION, "task"])["median"].transform("min").astype(float)
    progress = sensitivity["initial"] - best
    share = (sensitivity["initial"] - sensitivity["median"]) / progress.where(progress > 0)
    return share.replace(-math.inf, 0.0).clip(lower=0.0).where(np.isfinite(best))
