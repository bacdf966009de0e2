"""What of each cell is put together over tasks: costs of its runs, their scores, and the steps to the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from optbench.analysis.across.bootstrap import Numbers
from optbench.analysis.across.scores import normalised
from optbench.analysis.ranks import sign
from optbench.components.task import Task

TARGET, BEST = "target", "best"

ByCell = dict[Any, Numbers]
"""Values of the runs, by (task, optimizer)."""


class Scale(NamedTuple):
    """Costs of a task that have the scores 0 and 1, and what the latter is: `TARGET` or `BEST`."""

    before: float
    reference: float
    one: str


def costs_of(runs: pd.DataFrame) -> ByCell:
    """Costs of the runs of each cell; inf in one without a completed run, which ties for the worst."""
    alive = runs.groupby(["task", "optimizer"])["succeeded"].transform("any")
    return _by_cell(runs.assign(cost=runs["cost"].where(alive, np.inf)), "cost")


def scores_of(runs: pd.DataFrame, scales: Mapping[str, Scale]) -> ByCell:
    """Scores of the runs of each cell, on the tasks with a scale; 0 for a failed run."""
    scored = runs[runs["task"].isin(list(scales))]
    before, reference = (
        scored["task"].map({task: getattr(scale, end) for task, scale in scales.items()})
        for end in ("before", "reference")
    )
    score = normalised(scored["cost"], before, reference).where(scored["succeeded"], 0.0)
    return _by_cell(scored.assign(score=score), "score")


def _by_cell(runs: pd.DataFrame, column: str) -> ByCell:
    return {key: group.to_numpy(float) for key, group in runs.groupby(["task", "optimizer"], sort=False)[column]}


def scales_of(runs: pd.DataFrame, tasks: Mapping[str, Task], matrix: pd.DataFrame) -> dict[str, Scale]:
    """The scale of each task on which any entry got better than before training."""
    found = {}
    for name in map(str, matrix.index):
        own, task = runs[runs["task"] == name], tasks[name]
        before = sign(task) * float(own["initial_validation_metric"].median())
        target = task.targets[-1] if task.targets else None
        if target and target.on == "validation" and sign(task) * target.value < before:
            found[name] = Scale(before, sign(task) * target.value, TARGET)
        elif (best := float(own.groupby("optimizer")["cost"].mean().min())) < before:
            found[name] = Scale(before, best, BEST)
    return found


def times_of(targets: pd.DataFrame, tasks: Mapping[str, Task], matrix: pd.DataFrame) -> pd.DataFrame:
    """Median steps `[tasks, optimizers]` to the last target of each task that has one."""
    last = {str(name): tasks[str(name)].targets[-1].name for name in matrix.index if tasks[str(name)].targets}
    chosen = targets[targets["target"].eq(targets["task"].map(last))]
    wide = chosen.pivot(index="task", columns="optimizer", values="steps")
    return wide.reindex(index=list(last), columns=matrix.columns).astype(float)
