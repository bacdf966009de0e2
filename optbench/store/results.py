"""`Results`: recorded campaigns as one tidy table with what is needed to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optbench.components.task import Task
from optbench.errors import UnknownName
from optbench.runs.contours import Contours
from optbench.runs.timing import Timing
from optbench.suite.cell import Entry
from optbench.suite.suite import Suite

if TYPE_CHECKING:
    import pandas as pd


DEFAULT_MARGIN = 0.01
"""A difference that does not matter: a share of the value before for losses, a difference for shares."""


@dataclass(frozen=True)
class Source:
    """One results folder: its label in tables, where it lies, its suite, and the environments of its runs."""

    label: str
    path: str
    suite: Suite
    environments: tuple[Mapping[str, Any], ...]
    """The distinct environments its records name (one per machine, device and set of versions)."""
    timings: tuple[Timing, ...] = ()
    """What `optbench time` measured, the oldest first."""
    contours: Mapping[str, Contours] = field(default_factory=dict)
    """What the tasks' test functions are, as numbers, by task."""
    notes: tuple[str, ...] = ()
    """Stale, unreadable or missing records, mixed versions: one sentence each."""


@dataclass(frozen=True)
class Question:
    """What is to be compared: two sources by their labels, or an entry of each; and what difference does not matter."""

    before: str
    after: str
    before_entry: str = ""
    after_entry: str = ""
    margin: float = DEFAULT_MARGIN


@dataclass(frozen=True)
class Results:
    """The tidy frame (see `store.frame.COLUMNS`) of one or several results folders, and their suites."""

    frame: pd.DataFrame
    sources: tuple[Source, ...]
    question: Question | None = None
    """Without one, all entries of all sources are compared."""

    def only(self, tasks: Sequence[str] = (), optimizers: Sequence[str] = ()) -> Results:
        """Return a part of the results: these tasks and optimizers, or all where none is named.

        Raises `UnknownName` for one that the results do not have.
        """
        for kind, wanted, known in (("task", tasks, self.tasks), ("optimizer", optimizers, self.entries)):
            for name in wanted:
                if name not in known:
                    raise UnknownName(f"{kind} of these results", name, known)
        kept_tasks, kept_optimizers = set(tasks or self.tasks), set(optimizers or self.entries)
        frame = self.frame[self.frame["task"].isin(kept_tasks) & self.frame["optimizer"].isin(kept_optimizers)]
        sources = (
            replace(
                source,
                suite=source.suite.model_copy(
                    update={
                        "tasks": tuple(task for task in source.suite.tasks if task.task.name in kept_tasks),
                        "optimizers": tuple(e for e in source.suite.optimizers if e.name in kept_optimizers),
                    }
                ),
            )
            for source in self.sources
        )
        return replace(self, frame=frame.reset_index(drop=True), sources=tuple(sources))

    @property
    def tasks(self) -> dict[str, Task]:
        """Tasks by name, in the order of the suites; the first source's where several have one."""
        found: dict[str, Task] = {}
        for suite_task in (suite_task for source in self.sources for suite_task in source.suite.tasks):
            found.setdefault(suite_task.task.name, suite_task.task)
        return found

    @property
    def contours(self) -> dict[str, Contours]:
        """The values of test functions by task; the first source's where several have them."""
        return {name: found for source in reversed(self.sources) for name, found in source.contours.items()}

    @property
    def entries(self) -> dict[str, Entry]:
        """Optimizer entries by name, in the order of the suites; the first source's where several have one."""
        found: dict[str, Entry] = {}
        for entry in (entry for source in self.sources for entry in source.suite.optimizers):
            found.setdefault(entry.name, entry)
        return found
