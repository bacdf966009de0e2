"""One learning rate for all tasks: what it loses against tuning on each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from optbench.analysis.condition import CONDITION
from optbench.analysis.groups import positions

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
    tasks, rates, scores = scored["task"].to_numpy(), scored["lr"].to_numpy(float), scored["score"].to_numpy(float)
    for key, own in positions(scored, [*CONDITION, "optimizer"]).items():
        names, of_task = np.unique(tasks[own].astype(str), return_inverse=True)
        lrs, of_rate = np.unique(rates[own], return_inverse=True)
        by_rate = np.full((len(names), len(lrs)), math.nan)
        by_rate[of_task, of_rate] = scores[own]
        everywhere = ~np.isnan(by_rate).any(axis=0)
        if len(names) < 2 or not everywhere.any():
            continue
        means, tuned = by_rate[:, everywhere].mean(axis=0), float(np.nanmax(by_rate, axis=1).mean())
        best = int(means.argmax())
        score = float(means[best])
        rows.append((*key, len(names), float(lrs[everywhere][best]), score, tuned, tuned - score))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _scores(sensitivity: pd.DataFrame) -> pd.Series[float]:
    """(initial - value) / (initial - best of the task), from 0 up; NaN where nothing is better than `initial`."""
    best = sensitivity.groupby([*CONDITION, "task"])["median"].transform("min").astype(float)
    progress = sensitivity["initial"] - best
    share = (sensitivity["initial"] - sensitivity["median"]) / progress.where(progress > 0)
    return share.replace(-math.inf, 0.0).clip(lower=0.0).where(np.isfinite(best))
