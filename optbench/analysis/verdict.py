"""What can be said in words, as plain data: who is best, who cannot be told from the best, what failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optbench.analysis.intervals import Interval
from optbench.analysis.runs import BROKEN
from optbench.analysis.setting import Setting
from optbench.runs.record import RunStatus

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
    """The best entry of one task (none where nothing completed) and those it cannot be told from."""

    setting: Setting
    task: str
    best: Score | None
    ties: tuple[Score, ...]
    worse: int
    """Entries with a result whose interval does not overlap the best one's."""
    without_result: tuple[str, ...]
    exploratory: bool


@dataclass(frozen=True)
class Trouble:
    """Runs of one entry that ended in the same way."""

    setting: Setting
    optimizer: str
    status: str
    count: int
    reasons: tuple[str, ...]
    """Distinct, the most frequent first."""
    tasks: tuple[str, ...]


def task_verdicts(quality: pd.DataFrame, settings: tuple[Setting, ...]) -> tuple[TaskVerdict, ...]:
    """One verdict per setting and task; entries overlap where their 95 % intervals do, or where one is unknown."""
    return tuple(
        _verdict(setting, str(task), group)
        for setting in settings
        for task, group in setting.of(quality).groupby("task", sort=False)
    )


def troubles(runs: pd.DataFrame, settings: tuple[Setting, ...]) -> tuple[Trouble, ...]:
    """Everything that broke, in any phase, and report runs that diverged or were skipped; most frequent first.

    Diverged tuning runs are results of the search, not troubles; skipped runs are one only where nothing else explains
    them.
    """
    bad = runs["status"].isin(BROKEN) | (runs["counts"] & runs["status"].isin(["diverged", "skipped"]))
    found = [
        Trouble(
            setting=setting,
            optimizer=str(optimizer),
            status=str(status),
            count=len(group),
            reasons=tuple(str(reason) for reason in group["reason"].value_counts().index if reason),
            tasks=tuple(group["task"].unique()),
        )
        for setting in settings
        for (optimizer, status), group in setting.of(runs[bad]).groupby(["optimizer", "status"], sort=False)
    ]
    explained = {(trouble.setting, trouble.optimizer) for trouble in found if trouble.status != RunStatus.SKIPPED}
    told = [t for t in found if t.status != RunStatus.SKIPPED or (t.setting, t.optimizer) not in explained]
    return tuple(sorted(told, key=lambda trouble: (trouble.status == RunStatus.SKIPPED, -trouble.count)))


def _verdict(setting: Setting, task: str, cells: pd.DataFrame) -> TaskVerdict:
    ranked = cells.dropna(subset=["mean"]).sort_values("rank", kind="stable")
    scores = [_score(row) for row in ranked.to_dict("records")]
    best, others = (scores[0], scores[1:]) if scores else (None, [])
    ties = tuple(other for other in others if best and not best.interval.excludes(other.interval))
    return TaskVerdict(
        setting=setting,
        task=task,
        best=best,
        ties=ties,
        worse=len(others) - len(ties),
        without_result=tuple(cells.loc[cells["mean"].isna(), "optimizer"]),
        exploratory=_too_few(([best] if best else []) + others),
    )


def _score(row: dict[Any, Any]) -> Score:
    interval = Interval(int(row["completed"]), float(row["mean"]), float(row["low"]), float(row["high"]))
    return Score(str(row["optimizer"]), interval, int(row["planned"]))


def _too_few(scores: Iterable[Score]) -> bool:
    return any(score.planned < ENOUGH_SEEDS for score in scores)
