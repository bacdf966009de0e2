"""Worst-class metric and spread over classes, beside the mean."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import number, with_interval
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table


def classes_table(analysis: Analysis) -> Table:
    """Mean, worst class and spread of every cell whose metric is one of classes."""
    tasks = analysis.results.tasks

    def shown(row: Row, part: str) -> str:
        by = factor(tasks[row["task"]])
        return with_interval(row[part] * by, row[f"{part}_half_width"] * by) + unit(tasks[row["task"]])

    return cell_table(
        analysis,
        "classes",
        "Classes",
        "Test metric of the worst class, and the spread from the worst class to the best: means over the completed "
        "report runs ± half width of their 95 % Student t interval.",
        analysis.classes,
        {
            "metric": lambda row: name(tasks[row["task"]]),
            "mean": lambda row: number(row["mean"] * factor(tasks[row["task"]]), 4) + unit(tasks[row["task"]]),
            "worst class": lambda row: shown(row, "worst"),
            "spread": lambda row: shown(row, "spread"),
        },
        text=("metric",),
    )
