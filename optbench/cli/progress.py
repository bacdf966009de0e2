"""The progress of a campaign on the command line: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import Self

from optbench.cli.output import Output
from optbench.execution.campaign import Outlook
from optbench.notebook import tqdm
from optbench.progress import Bar, Progress, duration
from optbench.runs.record import RunRecord
from optbench.wording import plural

LINE_EVERY = 30.0
"""Seconds between plain lines."""


class ProgressBar:
    """Observes a campaign for the command line."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._progress, self._bar = Progress(), Bar()
        self._terminal = sys.stderr.isatty() and not output.quiet
        self._last_line = 0.0
        self._handler = _Notes(self)

    def __enter__(self) -> Self:
        logging.getLogger("optbench").addHandler(self._handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("optbench").removeHandler(self._handler)
        self._bar.close()

    def note(self, line: str) -> None:
        """Print a line above the bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            self._output.note(line)

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        """Say what is to do, and how long it will take here."""
        self._progress.expect(of_one)
        time = "" if seconds is None else f", about {duration(seconds)} here"
        self._output.note(f"{plural(runs, 'run')} on {plural(workers, 'worker')}{time}")

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Show a recorded run."""
        self._progress.update(record, outlook)
        if self._terminal:
            self._bar.show(self._progress)
        self._tell(self._progress)

    def _tell(self, progress: Progress) -> None:
        """Say how far it is, now and then; where there is a bar, in the log only."""
        if progress.done < progress.total and monotonic() - self._last_line < LINE_EVERY:
            return
        self._last_line = monotonic()
        tell = self._output.log if self._terminal else self._output.note
        recorded = f"{progress.done} of {plural(progress.total, 'run')} recorded"
        tell(f"{recorded}, {progress.failures} failed, {progress.time_left}")


class _Notes(logging.Handler):
    """Shows what is written to the logger `optbench`: what executors have to say."""

    def __init__(self, bar: ProgressBar) -> None:
        super().__init__(logging.WARNING)
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line above the bar."""
        self._bar.note(record.getMessage())
