"""Training against validation, and what that says of each cell."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import number, with_interval
from optbench.reporting.tables.per_cell import cell_table
from optbench.reporting.tables.table import Table


def fit_table(analysis: Analysis) -> Table:
    """Final losses on both splits, their gap, and the label."""
    return cell_table(
        analysis,
        "fit",
        "Fit",
        "Losses at the end of the completed report runs, in evaluation mode, on the validation split and on equally "
        "many training examples; gap = validation loss − training loss, ± half width of its 95 % Student t interval. "
        "Rise: how far the validation loss is above its lowest value. Under-fitted: the training metric misses the "
        "task's train_target. Over-fitted: the rise is more than 5 % and two standard errors, and the training loss "
        "kept falling.",
        analysis.fit,
        {
            "training loss": lambda row: number(row["train_loss"]),
            "validation loss": lambda row: number(row["validation_loss"]),
            "gap": lambda row: with_interval(row["gap"], row["gap_half_width"]),
            "rise": lambda row: number(row["rise"]),
            "fit": lambda row: str(row["label"]),
        },
        text=("fit",),
    )
