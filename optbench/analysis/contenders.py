"""Which entries may be the best of their task, given the report runs of all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.confidence_set import p_values, task_level
from optbench.analysis.intervals import interval_of_picked
from optbench.components.task import Task

COLUMNS = {
    **dict.fromkeys(CELL, "the cell; all of its planned report runs completed"),
    "p_best": "the level at which it leaves the set of those that may be the best, see `confidence_set`; NaN where it "
    "alone has completed all of its runs",
    "p_worse": "the level at which it is clearly worse, likewise",
    "level": "the level of its task, at which all tasks of the condition together are stated with 95 % confidence",
    "picked_low": "lower end of the interval of its mean, should it be the best; NaN for fewer than two runs",
    "picked_high": "upper end of it",
}


def contenders(
    runs: pd.DataFrame, cells: pd.DataFrame, tasks: Mapping[str, Task], overlap: Mapping[str, float]
) -> pd.DataFrame:
    """`COLUMNS` for every cell that can be the best of its task.

    One of whose report runs any failed, diverged or is missing cannot: what an optimizer does on the seeds that it
    survives is not what it does. `overlap` is that of the folds of each source, see `mean_interval`.
    """
    complete = cells.loc[(cells["completed"] >= cells["planned"]) & (cells["planned"] > 0), CELL]
    report = runs[runs["is_report"] & runs["completed"]].merge(complete, on=CELL)
    rows: list[tuple[object, ...]] = []
    for _, condition in report.groupby(CONDITION, sort=False):
        judged = [group for _, group in condition.groupby("task", sort=False)]
        level = task_level(sum(group["optimizer"].nunique() > 1 for group in judged))
        for group in judged:
            task = tasks[str(group["task"].iloc[0])]
            rows += _judged(group, level, task.higher_is_better, overlap[str(group["source"].iloc[0])])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _judged(runs: pd.DataFrame, level: float, higher: bool, overlap: float) -> Iterator[tuple[object, ...]]:
    """Judge the entries of one task by the seeds, or folds, that all of them ran."""
    wide = values_of(runs)
    values = wide.to_numpy()
    signed, which = np.unique(-values if higher else values, axis=0, return_inverse=True)
    found = p_values(signed, overlap)
    levels = np.stack(found, axis=-1)[which.reshape(-1)]  # copies under other names count once
    alone = np.full_like(levels, math.nan) if len(values) == 1 else levels
    where = tuple(runs.iloc[0][[*CONDITION, "task"]])
    for optimizer, own, (best, worse) in zip(wide.index, values, alone, strict=True):
        picked = interval_of_picked(own, len(signed), overlap)
        yield *where, optimizer, best, worse, level, picked.low, picked.high


def values_of(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the final test metrics of one task's completed report runs, entries x the seeds or folds they share."""
    keyed = runs.assign(fold=runs["fold"].fillna(-1)).set_index(["optimizer", "seed", "fold"])["final_test_metric"]
    return keyed.unstack(["seed", "fold"]).reindex(runs["optimizer"].unique()).dropna(axis="columns")
