"""How much each entry differs from the reference."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.differences import relation
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import with_interval
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table


def differences_table(analysis: Analysis) -> Table:
    """One row for each entry and task: its difference from the reference ± half width, and what that says."""
    tasks = analysis.results.tasks

    def difference(row: Row) -> str:
        by = factor(tasks[row["task"]])
        text = with_interval(row["difference"] * by, (row["high"] - row["low"]) / 2 * by)
        return text if text.startswith(("-", "−")) else f"+{text}"

    names = " and ".join(dict.fromkeys(analysis.differences["reference"]))
    return cell_table(
        analysis,
        name="differences",
        title=f"Differences from {names}" if names else "Differences from the reference",
        caption=f"Mean test metric minus that of {names}, seed by seed, ± half width of its interval. All intervals "
        "together hold with 95 %; an entry is better or worse where its interval leaves zero out. A suite names "
        "another entry to compare with by reference = NAME.",
        data=analysis.differences,
        columns={
            "metric": lambda row: label(tasks[row["task"]], "test"),
            "difference": difference,
            "so it is": lambda row: relation(row["low"], row["high"], tasks[row["task"]].higher_is_better),
        },
        text=("metric", "so it is"),
    )
