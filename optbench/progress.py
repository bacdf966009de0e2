"""How far a campaign is: what is recorded, what is left, and a bar that shows it in notebooks and on terminals."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from time import monotonic
from types import TracebackType
from typing import Any, Self

from optbench.execution.campaign import Outlook
from optbench.notebook import in_notebook, tqdm
from optbench.observers import LoggingObserver
from optbench.runs.record import RunRecord

_FORM = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} runs [{elapsed}{postfix}]"


class RemainingTime:
    """Estimates the time left from what runs of each task have cost so far, on as many workers as have been busy.

    The median, because the first runs of a task also import and load what later ones find there. Of tasks that are yet
    to come it is what runs are `expected` to take (seconds), as far as is known.
    """

    def __init__(self, expected: Mapping[str, float]) -> None:
        self._expected = expected
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._began = monotonic()

    def add(self, task: str, seconds: float) -> None:
        """Take note of a run that was carried out."""
        self._seconds[task].append(seconds)

    def left(self, left: dict[str, int]) -> float | None:
        """Return the seconds left; none before the first run, and while nothing is known of a task with runs left."""
        tasks = {task: count for task, count in left.items() if count}
        if not tasks:
            return 0.0
        spent = sum(map(sum, self._seconds.values()))
        if not spent or any(task not in self._expected and not self._seconds[task] for task in tasks):
            return None
        work = sum(count * self._of_one(task) for task, count in tasks.items())
        return work * (monotonic() - self._began) / spent

    def _of_one(self, task: str) -> float:
        return median(self._seconds[task]) if self._seconds[task] else self._expected[task]


class Progress:
    """How many runs are recorded, of how many, how many failed, and how long the rest takes, in words."""

    def __init__(self) -> None:
        self.done = self.total = self.failures = 0
        self.time_left = "estimating"
        self._remaining = RemainingTime({})

    def expect(self, seconds: Mapping[str, float]) -> None:
        """Take note of how long a run of each task is expected to take; the clock begins now."""
        self._remaining = RemainingTime(seconds)

    def update(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Take note of a record, and of what is to do."""
        self.done, self.total = sum(outlook.done.values()), sum(outlook.expected.values())
        if record is not None:
            self.failures += record.status.unexpected
            costs = record.costs
            self._remaining.add(
                record.spec.task.name,
                costs.setup_seconds + costs.train_seconds + costs.data_seconds + costs.eval_seconds,
            )
        seconds = self._remaining.left(outlook.left)
        self.time_left = "estimating" if seconds is None else f"about {duration(seconds)} left"


class Bar:
    """A bar of `tqdm`, which begins with the first progress that it shows."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        if self._bar is None:
            self._bar = tqdm(
                total=progress.total, initial=progress.done, desc="optbench", bar_format=_FORM, dynamic_ncols=True
            )
        self._bar.total, self._bar.n = progress.total, progress.done
        failed = f", {progress.failures} failed" if progress.failures else ""
        self._bar.set_postfix_str(f"{progress.time_left}{failed}", refresh=True)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


class BarObserver(LoggingObserver):
    """Shows a bar in notebooks and on terminals, unless it is not wanted; notes go to the logger `optbench`."""

    def __init__(self, wanted: bool = True) -> None:
        self._shown = wanted and (in_notebook() or sys.stderr.isatty())
        self._progress, self._bar = Progress(), Bar()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        """Take note of how long runs take."""
        self._progress.expect(of_one)

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Show a recorded run."""
        if self._shown:
            self._progress.update(record, outlook)
            self._bar.show(self._progress)


def duration(seconds: float) -> str:
    """Write a duration as people say it: `45 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
