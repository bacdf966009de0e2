"""Who is told what happens during a campaign."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from optbench.execution.campaign import Outlook
from optbench.runs.record import RunRecord


class Observer(Protocol):
    """Is told what happens during a campaign."""

    def note(self, line: str) -> None:
        """Something that the user should know: one line."""

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        """So many runs are to do, so many at a time, and they will take about so long, where that is known.

        `of_one` are the seconds that one run takes, by task, as far as they are known.
        """

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """A run was recorded; none at the start."""


class LoggingObserver:
    """Sends notes to the logger `optbench` and is silent otherwise."""

    def note(self, line: str) -> None:
        """Log the line as a warning."""
        logging.getLogger("optbench").warning(line)

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        """Say nothing."""

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Say nothing."""
