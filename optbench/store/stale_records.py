"""Records in a results folder that its suite does not use, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from optbench.runs.record import RunRecord
from optbench.runs.staleness import cause
from optbench.suite.cell import Cell
from optbench.suite.suite import Suite


def stale(suite: Suite, records: Iterable[RunRecord]) -> dict[str, str]:
    """Map the run id of each record that an entry of the suite has outdated to the cause.

    Such a record is of one of the suite's cells, and its cell would describe the run with this setting and
    seed otherwise now.
    """
    cells: Mapping[tuple[object, ...], Cell] = {(*cell.key, cell.fold): cell for cell in suite.cells()}
    causes = {}
    for record in records:
        then = record.spec
        if cell := cells.get((then.task.name, then.optimizer, then.device, then.fold)):
            names = suite.protocol.tuned(cell.entry)
            causes[record.run_id] = cause(then, cell.spec(then.setting(names), then.seed, then.phase))
    return {run_id: words for run_id, words in causes.items() if words}


def unasked_in_a_line(count: int, folder: str) -> Iterator[str]:
    """Say how many records the suite does not ask for, where there are any: of other entries, seeds or settings."""
    if count:
        are = "records in {} are" if count > 1 else "record in {} is"
        yield f"{count} {are.format(folder)} not part of this suite and ignored"


def in_lines(causes: Mapping[str, str]) -> Iterator[str]:
    """Say, in one line for each cause, how many records are left out for it."""
    for words, count in Counter(causes.values()).most_common():
        yield f"{count} older {'records are' if count > 1 else 'record is'} ignored: {words}"
