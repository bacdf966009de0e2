"""`Walk`: a way through a protocol, as far as its runs are recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import Phase, RunSpec
from optbench.suite.cell import Cell, Setting

CONTROL_SEEDS = 1_000_000
"""Added to every seed of a control's runs, so that it shares none with the entry that it repeats."""


Described = dict[tuple[str, int, Phase], RunSpec]
"""The runs of a cell by setting (as JSON), seed and phase."""


class Pending(Exception):
    """The walk has reached runs that are not recorded yet."""


class GivenUp(Exception):
    """The cell has no successful trial: its report runs are skipped."""


class Walk:
    """The runs asked for so far, and what is recorded of them.

    A skipped run has no result: if its cell has recovered, after a retry, it is to be run after all. `described` has
    the runs that earlier walks of this cell asked for: describing and hashing one again takes longer than all the rest.
    """

    def __init__(self, cell: Cell, records: Mapping[str, RunRecord], described: Described) -> None:
        self.cell = cell
        self._records, self._described = records, described
        self.requested: dict[str, RunSpec] = {}

    def result(self, run_id: str) -> RunRecord | None:
        """Return the record of a run that was carried out."""
        record = self._records.get(run_id)
        return None if record is None or record.status is RunStatus.SKIPPED else record

    def ask(self, runs: Iterable[tuple[Setting, int]]) -> list[RunRecord]:
        """Ask for tuning runs given as (setting, seed); raises `Pending` unless all are recorded."""
        results = [self.result(self.add(setting, seed, "tune")) for setting, seed in runs]
        found = [result for result in results if result is not None]
        if len(found) < len(results):
            raise Pending
        return found

    def add(self, setting: Setting, seed: int, phase: Phase) -> str:
        """Add a run to those asked for and return its id."""
        key = json.dumps(setting, sort_keys=True), seed, phase
        if key not in self._described:
            own = seed + CONTROL_SEEDS if self.cell.entry.control_of else seed
            self._described[key] = self.cell.spec(setting, own, phase)
        spec = self._described[key]
        self.requested.setdefault(spec.run_id, spec)
        return spec.run_id


def score(record: RunRecord) -> float:
    """What selection minimises: the final validation metric, sign-normalised; infinite for a run without one."""
    if record.status is not RunStatus.COMPLETED or record.final is None or math.isnan(record.final.validation_metric):
        return math.inf
    value = record.final.validation_metric
    return -value if record.spec.task.higher_is_better else value
