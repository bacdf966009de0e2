"""Tasks on which every entry fails in the same way: the fault is the task's, and no entry is ranked on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from optbench.analysis.condition import CONDITION, Condition
from optbench.analysis.failures import distinct_reasons, like
from optbench.runs.record import RunStatus


@dataclass(frozen=True)
class FailedTask:
    """A task of which no run completed, and the status and kind of reason that all entries that ran have in common."""

    condition: Condition
    task: str
    status: str
    count: int
    """Runs that failed, in any way."""
    reasons: tuple[str, ...]
    """Distinct; those of the kind that all have in common first, then the most frequent first."""
    optimizers: tuple[str, ...]

    @property
    def at_fault(self) -> bool:
        """Whether the fault is the task's; where one entry ran alone, it may be either's."""
        return len(self.optimizers) > 1


def failed_tasks(runs: pd.DataFrame, conditions: tuple[Condition, ...]) -> tuple[FailedTask, ...]:
    """All of them, by condition and task; skipped runs are left out where other runs explain them."""
    return tuple(
        failed
        for condition in conditions
        for task, group in condition.of(runs).groupby("task", sort=False)
        if (failed := _failed(condition, str(task), group))
    )


def on_failed_task(table: pd.DataFrame, failed: tuple[FailedTask, ...]) -> pd.Series[bool]:
    """Which rows of `table` (source, device, task, …) belong to a task that is at fault."""
    keys = {(task.condition.source, task.condition.device, task.task) for task in failed if task.at_fault}
    rows = table[[*CONDITION, "task"]].itertuples(index=False, name=None)
    return pd.Series([row in keys for row in rows], index=table.index, dtype=bool)


def _failed(condition: Condition, task: str, runs: pd.DataFrame) -> FailedTask | None:
    if runs["status"].eq(RunStatus.COMPLETED).any():
        return None
    runs = pd.concat(_explaining(runs))
    kinds = pd.Series(list(zip(runs["status"], like(runs["reason"]), strict=True)), index=runs.index)
    optimizers = tuple(str(optimizer) for optimizer in runs["optimizer"].unique())
    shared = Counter(kind for optimizer in optimizers for kind in set(kinds[runs["optimizer"] == optimizer]))
    common = [kind for kind in dict.fromkeys(kinds) if shared[kind] == len(optimizers)]
    if not common:
        return None
    first, others = runs[kinds.isin(common)], runs[~kinds.isin(common)]
    reasons = dict.fromkeys((*distinct_reasons(first), *distinct_reasons(others)))
    return FailedTask(condition, task, str(common[0][0]), len(runs), tuple(reasons), optimizers)


def _explaining(runs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The runs of each entry without skipped ones, unless there are no others."""
    for _, own in runs.groupby("optimizer", sort=False):
        tried = own[own["status"].ne(RunStatus.SKIPPED)]
        yield tried if len(tried) else own
