"""Scores that count failures, ranks per task, and their average over tasks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.groups import positions
from optbench.components.task import Task

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "score": "mean test metric of the report runs, failed ones at the metric before training; NaN for none completed",
    "imputed": "report runs that entered with the metric before training",
    "rank": "1 is best; ties share the mean of their ranks, cells without a completed run tie for the worst; NaN where "
    "one entry alone has report runs",
}


def scored_runs(runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """The report runs with `value`, the test metric that counts failures, and `cost`, the same so that lower is better.

    A failed run counts with its own metric at step 0, or with the median of that over the runs of the task where
    it has none, so that failing can never improve a score by dropping out of the mean.
    """
    report = runs[runs["is_report"]].copy()
    report["succeeded"] = report["completed"] & report["final_test_metric"].notna()
    before = report["initial_validation_metric"].fillna(report["task"].map(_before_training(runs)))
    report["value"] = report["final_test_metric"].where(report["succeeded"], before)
    report["cost"] = report["value"] * report["task"].map(_signs(tasks))
    return report


def ranks(scored: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` for every cell of `scored_runs`."""
    rows = []
    value, succeeded = scored["value"], scored["succeeded"].to_numpy(bool)
    for key, own in positions(scored, CELL).items():
        score = float(value.iloc[own].mean()) if succeeded[own].any() else math.nan
        rows.append((*key, score, int((~succeeded[own]).sum())))
    table = pd.DataFrame(rows, columns=list(COLUMNS)[:-1])
    cost = (table["score"] * table["task"].map(_signs(tasks))).fillna(np.inf)
    table["rank"] = math.nan
    for _, group in table.groupby([*CONDITION, "task"], sort=False):
        if len(group) > 1:
            table.loc[group.index, "rank"] = cost[group.index].rank()
    return table


def rank_matrix(ranks: pd.DataFrame) -> pd.DataFrame:
    """Ranks `[tasks, optimizers]` of one condition, on the tasks on which every optimizer has report runs."""
    names, tasks = ranks["optimizer"].unique(), ranks["task"].unique()
    return ranks.pivot(index="task", columns="optimizer", values="rank").reindex(index=tasks, columns=names).dropna()


def average_ranks(ranks: pd.DataFrame) -> pd.DataFrame:
    """source, device, optimizer, `average_rank` and `n_tasks`, best first within each condition.

    Averages over the tasks on which every optimizer that reported anything in the condition has report runs. A
    condition without such a task, or in which fewer than two optimizers have a result, has no rows.
    """
    rows = []
    for key, condition in ranks.groupby(CONDITION, sort=False):
        if condition.dropna(subset=["score"])["optimizer"].nunique() < 2:
            continue
        wide = rank_matrix(condition)
        means = wide.mean().sort_values(kind="stable") if len(wide) else pd.Series(dtype=float)
        rows += [(*key, str(optimizer), float(mean), len(wide)) for optimizer, mean in means.items()]
    return pd.DataFrame(rows, columns=[*CONDITION, "optimizer", "average_rank", "n_tasks"])


def _before_training(runs: pd.DataFrame) -> dict[str, float]:
    return {str(task): float(group.median()) for task, group in runs.groupby("task")["initial_validation_metric"]}


def sign(task: Task) -> float:
    """What the task's metric is multiplied with so that lower is better."""
    return -1.0 if task.higher_is_better else 1.0


def _signs(tasks: Mapping[str, Task]) -> dict[str, float]:
    return {name: sign(task) for name, task in tasks.items()}
