"""What a results folder lacks of its suite, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optbench.runs.record import RunRecord
from optbench.store.store import Store
from optbench.suite.cell import Cell
from optbench.suite.protocols.replay import replay
from optbench.suite.suite import Suite


def missing(suite: Suite, records: Mapping[str, RunRecord]) -> Iterator[tuple[Cell, int]]:
    """Yield the cells that lack runs, and how many, as far as is known by now: grids may still be extended."""
    for cell in suite.cells():
        progress = replay(suite.protocol, cell, records)
        if count := len(progress.pending) + len(progress.skip):
            yield cell, progress.expected - len(progress.requested) + count


def is_unfinished(store: Store, suite: Suite) -> bool:
    """Whether a folder, as it is now, lacks runs that a suite asks for."""
    return any(missing(suite, store.outcomes(lambda path, reason: None)))
