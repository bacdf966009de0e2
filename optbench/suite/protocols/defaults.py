"""`Defaults`: nothing is tuned."""

from __future__ import annotations

from typing import ClassVar, Literal

from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Entry
from optbench.suite.protocols.protocol import Choice, Protocol
from optbench.suite.protocols.walk import Walk


class Defaults(Protocol):
    """Runs `lr_ref` with the report seeds and tunes nothing."""

    tunes: ClassVar[bool] = False
    name: Literal["defaults"] = "defaults"

    def choose(self, walk: Walk) -> Choice:
        """Return the declared learning rate."""
        return Choice((walk.cell.entry.start,), edge=False)

    def first_run(self, cell: Cell) -> RunSpec:
        """Return the first report run."""
        return cell.spec(cell.entry.start, self.report_seeds[0], "report")

    def expected_trials(self, entry: Entry, tried: int) -> int:
        """None."""
        return 0

    def most_extra_trials(self) -> int:
        """None."""
        return 0

    def describe(self) -> str:
        """Say that nothing is tuned, and the seeds."""
        return (
            f"Protocol defaults: nothing is tuned; each entry runs at its lr_ref with {self._report_seeds_in_words()}."
        )

    def summary(self) -> str:
        """Say its name, and how many seeds."""
        return f"protocol defaults, {self._report_seeds_in_short()}"

    def smoke(self) -> Defaults:
        """Two report seeds."""
        return self._changed(report_seeds=self.report_seeds[:2])
