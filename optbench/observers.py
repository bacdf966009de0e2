"""Who is told what happens during a campaign."""

from __future__ import annotations

import logging
from typing import Protocol

from optbench.execution.campaign import Outlook
from optbench.runs.record import RunRecord


class Observer(Protocol):
    """Is told what happens during a campaign."""

    def note(self, line: str) -> None:
        """Something that the user should know: one line."""

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """A run was recorded; none at the start."""


class LoggingObserver:
    """Sends notes to the logger `optbench` and is silent otherwise."""

    def note(self, line: str) -> None:
        """Log the line as a warning."""
        logging.getLogger("optbench").warning(line)

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Say nothing."""
