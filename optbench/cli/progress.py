"""The progress of a campaign on the command line: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Self

import click

from optbench.execution.campaign import Outlook
from optbench.notebook import tqdm
from optbench.progress import Bar, Progress, duration
from optbench.runs.record import RunRecord
from optbench.wording import plural

LINE_EVERY = 30.0
"""Seconds between plain lines."""


class ProgressBar:
    """Observes a campaign for the command line."""

    def __init__(self) -> None:
        self._progress, self._bar = Progress(), Bar()
        self._terminal = sys.stderr.isatty()
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def note(self, line: str) -> None:
        """Print a line above the bar."""
        tqdm.write(f"optbench: {line}", file=sys.stderr)

    def planned(self, runs: int, workers: int, seconds: float | None) -> None:
        """Say what is to do, and how long it will take here."""
        time = "" if seconds is None else f", about {duration(seconds)} here"
        click.echo(f"optbench: {plural(runs, 'run')} on {plural(workers, 'worker')}{time}", err=True)

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Show a recorded run."""
        self._progress.update(record, outlook)
        if self._terminal:
            self._bar.show(self._progress)
        else:
            self._show_line(self._progress)

    def _show_line(self, progress: Progress) -> None:
        if progress.done < progress.total and monotonic() - self._last_line < LINE_EVERY:
            return
        self._last_line = monotonic()
        recorded = f"{progress.done} of {plural(progress.total, 'run')} recorded"
        click.echo(f"optbench: {recorded}, {progress.failures} failed, {progress.time_left}", err=True)
