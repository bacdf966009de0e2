"""`Comparison`: all changes between the sides of a report, with what could not be compared."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from optbench.analysis.comparison.change import COLUMNS, Change, Verdict
from optbench.analysis.comparison.failed_runs import failed_run_changes
from optbench.analysis.comparison.memory import peak_changes, state_changes
from optbench.analysis.comparison.old_setting import Moved, moved, old_setting_changes
from optbench.analysis.comparison.pairs import Pair, Unpaired, pairs, unpaired
from optbench.analysis.comparison.quality import quality_changes
from optbench.analysis.comparison.times import MARGINS, machines, time_changes
from optbench.analysis.condition import CELL, Condition
from optbench.store.results import DEFAULT_MARGIN, Results


@dataclass(frozen=True)
class Comparison:
    """The table of changes, worse ones first, the cells whose selected setting moved, and what was left out."""

    changes: pd.DataFrame
    """`change.COLUMNS` for every measure of every pair of cells."""
    pairs: tuple[Pair, ...]
    moved: tuple[Moved, ...]
    unpaired: tuple[Unpaired, ...]
    elsewhere: tuple[Pair, ...]
    """Pairs whose runs share no machine, so that their seconds are not compared."""

    def count(self, verdict: str) -> int:
        """Return how many changes have a verdict."""
        return int(self.changes["verdict"].eq(verdict).sum())


def compare(results: Results, runs: pd.DataFrame, conditions: tuple[Condition, ...]) -> Comparison:
    """Compare every pair of cells; `runs` are those of `one_row_per_run`."""
    found = pairs(results, conditions)
    of_cell = {tuple(map(str, key)): group for key, group in runs.groupby(CELL, sort=False)}
    margin = results.question.margin if results.question else DEFAULT_MARGIN
    overlap = {source.label: source.suite.protocol.overlap() for source in results.sources}
    rows: list[Change] = [
        *failed_run_changes(found, of_cell),
        *quality_changes(found, of_cell, overlap, margin),
        *old_setting_changes(found, of_cell, margin),
        *(row for measure in MARGINS for row in time_changes(measure, found, of_cell, results)),
        *state_changes(found, of_cell),
        *peak_changes(found, of_cell),
    ]
    order = [str(verdict) for verdict in Verdict]
    rows.sort(key=lambda row: order.index(row.verdict))
    return Comparison(
        changes=pd.DataFrame(rows, columns=list(COLUMNS)),
        pairs=found,
        moved=moved(found, of_cell),
        unpaired=unpaired(results, conditions),
        elsewhere=tuple(
            pair
            for pair in found
            if not {*machines(pair.before, of_cell, results)} & {*machines(pair.after, of_cell, results)}
        ),
    )
