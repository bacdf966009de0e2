"""The progress of a campaign: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import defaultdict
from statistics import median
from time import monotonic
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from optbench.cli.output import Output
from optbench.execution.campaign import Outlook
from optbench.runs.record import RunRecord
from optbench.wording import plural

LINE_EVERY = 30.0
"""Seconds between plain lines."""


class RemainingTime:
    """Estimates the time left from what runs of each task have cost so far, on as many workers as have been busy.

    The median, because the first runs of a task also import and load what later ones find there.
    """

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._began = monotonic()

    def add(self, task: str, seconds: float) -> None:
        """Take note of a run that was carried out."""
        self._seconds[task].append(seconds)

    def left(self, left: dict[str, int]) -> float | None:
        """Return the seconds left; none while no run of a task that has some left has been seen."""
        if not any(left.values()):
            return 0.0
        if any(count and not self._seconds[task] for task, count in left.items()):
            return None
        spent = sum(map(sum, self._seconds.values()))
        if not spent:
            return None
        work = sum(count * median(self._seconds[task]) for task, count in left.items() if count)
        return work * (monotonic() - self._began) / spent


class ProgressBar:
    """Observes a campaign for the command line."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bar: tqdm[Any] | None = None
        self._failures = 0
        self._remaining = RemainingTime()
        self._terminal = sys.stderr.isatty() and not output.quiet
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def note(self, line: str) -> None:
        """Print a line above the bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            self._output.note(line)

    def planned(self, runs: int, workers: int, seconds: float | None) -> None:
        """Say what is to do, and how long it will take here."""
        time = "" if seconds is None else f", about {duration(seconds)} here"
        self._output.note(f"{plural(runs, 'run')} on {plural(workers, 'worker')}{time}")

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Show a recorded run."""
        done, total = sum(outlook.done.values()), sum(outlook.expected.values())
        if record is not None:
            self._failures += record.status.unexpected
            costs = record.costs
            self._remaining.add(
                record.spec.task.name,
                costs.setup_seconds + costs.train_seconds + costs.data_seconds + costs.eval_seconds,
            )
        seconds = self._remaining.left(outlook.left)
        eta = "estimating" if seconds is None else f"about {duration(seconds)} left"
        if self._terminal:
            self._show_bar(done, total, eta)
        self._tell(done, total, eta)

    def _show_bar(self, done: int, total: int, eta: str) -> None:
        if self._bar is None:
            form = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} runs [{elapsed}{postfix}]"
            self._bar = tqdm(total=total, initial=done, desc="optbench", bar_format=form, dynamic_ncols=True)
        self._bar.total, self._bar.n = total, done
        failed = f", {self._failures} failed" if self._failures else ""
        self._bar.set_postfix_str(f"{eta}{failed}", refresh=True)

    def _tell(self, done: int, total: int, eta: str) -> None:
        """Say how far it is, now and then; where there is a bar, in the log only."""
        if done < total and monotonic() - self._last_line < LINE_EVERY:
            return
        self._last_line = monotonic()
        tell = self._output.log if self._terminal else self._output.note
        tell(f"{done} of {plural(total, 'run')} recorded, {self._failures} failed, {eta}")


def duration(seconds: float) -> str:
    """Write a duration as people say it: `45 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
