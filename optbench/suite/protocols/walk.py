"""`Walk`: a way through a protocol, as far as its runs are recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import Phase, RunSpec
from optbench.suite.cell import Cell, Setting

CONTROL_SEEDS = 1_000_000
"""Added to every seed of a control's runs, so that it shares none with the entry that it repeats."""


class Pending(Exception):
    """The walk has reached runs that are not recorded yet."""


class GivenUp(Exception):
    """The cell has no successful trial: its report runs are skipped."""


class Walk:
    """The runs asked for so far, and what is recorded of them.

    A skipped run has no result: if its cell has recovered, after a retry, it is to be run after all.
    """

    def __init__(self, cell: Cell, records: Mapping[str, RunRecord]) -> None:
        self.cell = cell
        self.results = {k: record for k, record in records.items() if record.status is not RunStatus.SKIPPED}
        self.requested: dict[str, RunSpec] = {}

    def ask(self, runs: Iterable[tuple[Setting, int]]) -> list[RunRecord]:
        """Ask for tuning runs given as (setting, seed); raises `Pending` unless all are recorded."""
        ids = [self.add(setting, seed, "tune") for setting, seed in runs]
        if any(run_id not in self.results for run_id in ids):
            raise Pending
        return [self.results[run_id] for run_id in ids]

    def add(self, setting: Setting, seed: int, phase: Phase) -> str:
        """Add a run to those asked for and return its id."""
        own = seed + CONTROL_SEEDS if self.cell.entry.control_of else seed
        spec = self.cell.spec(setting, own, phase)
        run_id = spec.run_id
        self.requested.setdefault(run_id, spec)
        return run_id


def score(record: RunRecord) -> float:
    """What selection minimises: the final validation metric, sign-normalised; infinite for a run without one."""
    if record.status is not RunStatus.COMPLETED or record.final is None or math.isnan(record.final.validation_metric):
        return math.inf
    value = record.final.validation_metric
    return -value if record.spec.task.higher_is_better else value
