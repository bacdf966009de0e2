"""The same cells in different conditions, side by side."""

from __future__ import annotations

from collections.abc import Callable

from optbench.analysis.analysis import Analysis
from optbench.reporting.metric import factor
from optbench.reporting.numbers import rounded, with_interval
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.tables.table import Column, Table, TableCell


def comparison_table(analysis: Analysis) -> Table:
    """One row per pair of conditions and cell that both have a result for."""
    tasks = analysis.results.tasks

    def shown(row: Row, side: str) -> str:
        by = factor(tasks[row["task"]])
        return with_interval(row[f"{side}_mean"] * by, row[f"{side}_half_width"] * by)

    columns: dict[str, Callable[[Row], str]] = {
        "task": lambda row: str(row["task"]),
        "optimizer": lambda row: str(row["optimizer"]),
        "first": lambda row: str(row["first"]),
        "second": lambda row: str(row["second"]),
        "test, first": lambda row: shown(row, "first"),
        "test, second": lambda row: shown(row, "second"),
        "intervals overlap": lambda row: {True: "yes", False: "no"}.get(row["overlap"], "unknown"),
        "time per step, second / first": lambda row: rounded(row["seconds_ratio"], row["seconds_spread"]),
    }
    return Table(
        name="comparison",
        title="The same cells under different conditions",
        caption="The same runs should give the same results everywhere, so the 95 % intervals should overlap; a few of "
        "many pairs do not, by chance. Seconds are compared within one machine only.",
        columns=tuple(Column(name, numeric=i in (4, 5, 7)) for i, name in enumerate(columns)),
        rows=tuple(
            tuple(TableCell(show(row)) for show in columns.values()) for row in analysis.comparison.to_dict("records")
        ),
        data=analysis.comparison,
        names=4,
    )
