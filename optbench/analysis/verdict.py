"""What can be said in words, as plain data: which entries of a task may be the best, and which are worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.intervals import Interval

ENOUGH_SEEDS = 5
"""With fewer runs per cell a verdict is exploratory: it rests on how alike the variances of entries look."""


@dataclass(frozen=True)
class Score:
    """One entry's result on one task: its interval over the completed runs, of so many planned."""

    optimizer: str
    interval: Interval
    planned: int


@dataclass(frozen=True)
class TaskVerdict:
    """What the report runs of one task say with 95 % confidence, which holds for all tasks of a condition together."""

    condition: Condition
    task: str
    best: tuple[Score, ...]
    """Those that may be the best, by their means; of at least two whose report runs all completed. The interval of the
    first allows for its having been picked."""
    behind: tuple[Score, ...]
    """Those that are not the best, by their means."""
    worse: tuple[Score, ...]
    """Those of them that are clearly worse, however many are equally good."""
    only: Score | None
    """The one entry whose report runs all completed."""
    unreliable: tuple[Score, ...]
    """Those some of whose report runs did not complete: they cannot be the best."""
    without_result: tuple[str, ...]
    seeds: int
    """Report runs of each entry."""
    failed: FailedTask | None
    """Where every entry that ran failed alike."""

    @property
    def exploratory(self) -> bool:
        """Whether there are too few runs for evidence."""
        return self.seeds < ENOUGH_SEEDS


def task_verdicts(
    quality: pd.DataFrame, conditions: tuple[Condition, ...], failed: tuple[FailedTask, ...]
) -> tuple[TaskVerdict, ...]:
    """One verdict per condition and task."""
    broken = {(task.condition, task.task): task for task in failed}
    return tuple(
        _verdict(condition, str(task), group, broken.get((condition, str(task))))
        for condition in conditions
        for task, group in condition.of(quality).groupby("task", sort=False)
    )


def _verdict(condition: Condition, task: str, cells: pd.DataFrame, failed: FailedTask | None) -> TaskVerdict:
    ranked = cells.dropna(subset=["mean"]).sort_values("rank", kind="stable")
    contenders = ranked[ranked["contends"]]
    best = _scores(ranked[ranked["best"]])
    if best:
        first = contenders[contenders["best"]].iloc[0]
        best = (_score(first.to_dict(), "picked_low", "picked_high"), *best[1:])
    return TaskVerdict(
        condition=condition,
        task=task,
        best=best,
        behind=_scores(ranked[ranked["contends"] & ranked["p_best"].notna() & ~ranked["best"]]),
        worse=_scores(ranked[ranked["worse"]]),
        only=_scores(contenders)[0] if len(contenders) == 1 else None,
        unreliable=_scores(ranked[~ranked["contends"]]),
        without_result=tuple(cells.loc[cells["mean"].isna(), "optimizer"]),
        seeds=int(cells["planned"].min()),
        failed=failed,
    )


def _scores(cells: pd.DataFrame) -> tuple[Score, ...]:
    return tuple(map(_score, cells.to_dict("records")))


def _score(row: dict[Any, Any], low: str = "low", high: str = "high") -> Score:
    interval = Interval(int(row["completed"]), float(row["mean"]), float(row[low]), float(row[high]))
    return Score(str(row["optimizer"]), interval, int(row["planned"]))
