"""Results folders that cannot stand side by side: the same task with another number of steps."""

from __future__ import annotations

from collections.abc import Iterable

from optbench.errors import ResultsError
from optbench.store.results import Source


def refuse_mixed_horizons(sources: Iterable[Source]) -> None:
    """Raise `ResultsError` where two folders have a task of one name that is not as long in both.

    A schedule ends with the budget, so that a run of half the steps is no half of a run.
    """
    first: dict[str, tuple[int, str]] = {}
    for source in sources:
        for task in (planned.task for planned in source.suite.tasks):
            steps, label = first.setdefault(task.name, (task.steps, source.label))
            if steps != task.steps:
                raise ResultsError(
                    f"task {task.name!r} has {steps} steps in {label!r} and {task.steps} in {source.label!r}: runs of "
                    "different lengths are not compared; report each folder by itself"
                )
