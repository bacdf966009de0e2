"""Scores that count failures, ranks per task, and their average over tasks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from optbench.analysis.condition import CELL, CONDITION
from optbench.components.task import Task

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "score": "mean test metric of the report runs, failed ones at the metric before training; NaN for none completed",
    "imputed": "report runs that entered with the metric before training",
    "rank": "1 is best; ties share the mean of their ranks, cells without a completed run tie for the worst; NaN where "
    "one entry alone has report runs",
}


def ranks(runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` for every cell that has report runs.

    A failed run counts with its own metric at step 0, or with the median of that over the runs of the task where
    it has none, so that failing can never improve a score by dropping out of the mean.
    """
    report = runs[runs["is_report"]].copy()
    before = report["initial_validation_metric"].fillna(report["task"].map(_before_training(runs)))
    report["value"] = report["final_test_metric"].where(report["completed"], before)
    rows = []
    for key, group in report.groupby(CELL, sort=False):
        succeeded = bool(group["completed"].any())
        score = float(group["value"].mean()) if succeeded else math.nan
        rows.append((*key, score, int((~group["completed"]).sum())))
    table = pd.DataFrame(rows, columns=list(COLUMNS)[:-1])
    higher = table["task"].map({name: task.higher_is_better for name, task in tasks.items()}).eq(True)
    cost = pd.Series(np.where(higher, -table["score"], table["score"]), index=table.index).fillna(np.inf)
    table["rank"] = math.nan
    for _, group in table.groupby([*CONDITION, "task"], sort=False):
        if len(group) > 1:
            table.loc[group.index, "rank"] = stats.rankdata(cost[group.index])
    return table


def average_ranks(ranks: pd.DataFrame) -> pd.DataFrame:
    """source, device, optimizer, `average_rank` and `n_tasks`, best first within each condition.

    Averages over the tasks on which every optimizer that reported anything in the condition has report runs. A
    condition without such a task, or in which fewer than two optimizers have a result, has no rows.
    """
    rows = []
    for key, condition in ranks.groupby(CONDITION, sort=False):
        if condition.dropna(subset=["score"])["optimizer"].nunique() < 2:
            continue
        wide = condition.pivot(index="task", columns="optimizer", values="rank").dropna()
        means = wide.mean().sort_values(kind="stable") if len(wide) else pd.Series(dtype=float)
        rows += [(*key, str(optimizer), float(mean), len(wide)) for optimizer, mean in means.items()]
    return pd.DataFrame(rows, columns=[*CONDITION, "optimizer", "average_rank", "n_tasks"])


def _before_training(runs: pd.DataFrame) -> dict[str, float]:
    return {str(task): float(group.median()) for task, group in runs.groupby("task")["initial_validation_metric"]}
