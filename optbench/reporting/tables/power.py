"""What so many seeds can tell: the differences that a campaign resolves, and the seeds that a difference needs."""

from __future__ import annotations

import math

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import varying
from optbench.analysis.power import MOST_SEEDS, SEEDS, power_table
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import short
from optbench.reporting.tables.table import Column, Table, TableCell


def resolution_table(analysis: Analysis, difference: float | None) -> Table:
    """One row for each task; differences are in the unit of its metric."""
    where, tasks = varying(analysis.conditions), analysis.results.tasks
    data = power_table(analysis, difference)
    rows = []
    for row in data.to_dict("records"):
        task = tasks[row["task"]]
        shown = [row["resolved"], *(row[f"resolved_{n}"] for n in SEEDS), row["difference"]]
        needed = f"more than {MOST_SEEDS}" if math.isinf(row["seeds_needed"]) else short(row["seeds_needed"])
        rows.append(
            (
                *(TableCell(str(row[column])) for column in [*where, "task"]),
                TableCell(name(task) + unit(task)),
                TableCell(str(row["entries"])),
                TableCell(str(row["seeds"])),
                *(TableCell(f"{value * factor(task):.2g}") for value in shown),
                TableCell(needed),
            )
        )
    return Table(
        name="power",
        title="What seeds resolve",
        caption="Difference of means that a verdict finds with a power of 80 %, given how the entries of the task "
        "scatter here; and how many report runs of each entry find the difference asked for, or that of the best "
        "mean and the next one.",
        columns=(
            *(Column(column, numeric=False) for column in [*where, "task", "metric"]),
            *(Column(text) for text in ("entries", "seeds", "resolved: now")),
            *(Column(f"resolved: n = {n}") for n in SEEDS),
            *(Column(text) for text in ("difference", "seeds: needed")),
        ),
        rows=tuple(rows),
        data=data,
        names=len(where) + 1,
    )
