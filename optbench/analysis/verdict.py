"""What can be said in words, as plain data: who is best, and who cannot be told from the best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.intervals import Interval

ENOUGH_SEEDS = 5
"""With fewer runs per cell not even perfectly separated samples are reliably told apart: exploratory."""


@dataclass(frozen=True)
class Score:
    """One entry's result on one task: its interval over the completed runs, of so many planned."""

    optimizer: str
    interval: Interval
    planned: int


@dataclass(frozen=True)
class TaskVerdict:
    """The best entry of one task and those it cannot be told apart from, or the only one that has a result."""

    condition: Condition
    task: str
    best: Score | None
    """Of at least two that have a result."""
    only: Score | None
    """The one entry that has a result."""
    ties: tuple[Score, ...]
    worse: int
    """Entries with a result whose interval does not overlap the best one's."""
    without_result: tuple[str, ...]
    exploratory: bool
    failed: FailedTask | None
    """Where every entry that ran failed alike."""


def task_verdicts(
    quality: pd.DataFrame, conditions: tuple[Condition, ...], failed: tuple[FailedTask, ...]
) -> tuple[TaskVerdict, ...]:
    """One verdict per condition and task; entries overlap where their 95 % intervals do, or where one is unknown."""
    broken = {(task.condition, task.task): task for task in failed}
    return tuple(
        _verdict(condition, str(task), group, broken.get((condition, str(task))))
        for condition in conditions
        for task, group in condition.of(quality).groupby("task", sort=False)
    )


def _verdict(condition: Condition, task: str, cells: pd.DataFrame, failed: FailedTask | None) -> TaskVerdict:
    ranked = cells.dropna(subset=["mean"]).sort_values("rank", kind="stable")
    scores = [_score(row) for row in ranked.to_dict("records")]
    best, others = (scores[0], scores[1:]) if len(scores) > 1 else (None, [])
    ties = tuple(other for other in others if best and not best.interval.excludes(other.interval))
    return TaskVerdict(
        condition=condition,
        task=task,
        best=best,
        only=scores[0] if len(scores) == 1 else None,
        ties=ties,
        worse=len(others) - len(ties),
        without_result=tuple(cells.loc[cells["mean"].isna(), "optimizer"]),
        exploratory=_too_few(scores),
        failed=failed,
    )


def _score(row: dict[Any, Any]) -> Score:
    interval = Interval(int(row["completed"]), float(row["mean"]), float(row["low"]), float(row["high"]))
    return Score(str(row["optimizer"]), interval, int(row["planned"]))


def _too_few(scores: Iterable[Score]) -> bool:
    return any(score.planned < ENOUGH_SEEDS for score in scores)
