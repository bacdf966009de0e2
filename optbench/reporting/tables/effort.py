"""The best value to be expected of so many trials."""

from __future__ import annotations

from functools import partial

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL
from optbench.reporting.metric import factor
from optbench.reporting.numbers import count, number
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table

_SHOWN = (1, 2, 3, 5, 10, 20, 50, 100)
_CAPTION = (
    "Mean over all subsets of k trials of the best validation value in the subset; each trial counts with its first "
    "tuning run. Failed trials did not complete, or ended worse than before training: they count as the value before "
    "training."
)


def effort_table(analysis: Analysis) -> Table:
    """Trials, how many failed, and the expected best of some numbers of them, of every cell whose trials are draws."""
    long = analysis.effort[analysis.effort["k"].isin(_SHOWN) | analysis.effort["k"].eq(analysis.effort["trials"])]
    numbers = sorted(long["k"].unique())
    wide = long.pivot(index=[*CELL, "quantity", "trials", "failed"], columns="k", values="expected_best").reset_index()
    wide = wide.rename(columns={k: f"best_of_{k}" for k in numbers})

    def best_of(k: int, row: Row) -> str:
        value = row[f"best_of_{k}"]
        return "" if value != value else number(value * factor(analysis.results.tasks[row["task"]]))

    return cell_table(
        analysis,
        "tuning-effort",
        "Expected best of k trials",
        _CAPTION,
        wide,
        {
            "value": lambda row: _with_unit(row, factor(analysis.results.tasks[row["task"]])),
            "trials": lambda row: count(row["trials"]),
            "failed": lambda row: count(row["failed"]),
            **{f"k = {k}": partial(best_of, k) for k in numbers},
        },
        text=("value",),
    )


def _with_unit(row: Row, by: float) -> str:
    return f"{row['quantity']} (%)" if by > 1 else str(row["quantity"])
