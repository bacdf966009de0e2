"""How the runs of each optimizer ended, over all tasks."""

from __future__ import annotations

from collections.abc import Iterator

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import varying
from optbench.reporting.many import many
from optbench.reporting.numbers import count
from optbench.reporting.tables.table import Column, Table, TableCell


def totals_table(analysis: Analysis) -> Table:
    """One row per optimizer; of many, those first that completed fewest."""
    where = varying(analysis.conditions)
    data = analysis.totals.sort_values("completed", kind="stable") if many(analysis) else analysis.totals
    tuning = ("tune_runs", "tune_diverged") if analysis.tunes else ()
    always = (*tuning, "planned", "completed")
    ended = [column for column in data.columns[3:] if column in always or data[column].any()]
    return Table(
        name="runs-by-status",
        title="How runs ended",
        caption=" ".join(_sentences(analysis)),
        columns=(
            *(Column(name, numeric=False) for name in [*where, "optimizer"]),
            *(Column(_heading(column)) for column in ended),
        ),
        rows=tuple(
            (
                *(TableCell(str(row[name])) for name in [*where, "optimizer"]),
                *(TableCell(count(row[column])) for column in ended),
            )
            for row in data.to_dict("records")
        ),
        data=data,
        names=len(where) + 1,
    )


def _sentences(analysis: Analysis) -> Iterator[str]:
    failed = ", without tasks that failed for every entry" if analysis.quality["task_failed"].any() else ""
    yield f"Sums over tasks{failed}{'; the fewest completed runs come first' if many(analysis) else ''}."
    if analysis.tunes:
        yield "A diverged tuning run is a result of the search."
        yield "Broken runs failed, crashed, or ran out of time or memory."
        yield "A report run is skipped where no tuning run of its cell completed."


def _heading(column: str) -> str:
    if column.startswith("tune_"):
        return f"tuning: {column.removeprefix('tune_')}"
    words = {"missing": "not made", "no_progress": "completed without progress"}.get(column, column.replace("_", " "))
    return f"report: {words}"
