"""Each cell over the whole of training: the end, the best point, and the area under the curve."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import count, number, with_interval
from optbench.reporting.tables.per_cell import cell_table
from optbench.reporting.tables.table import Table


def auc_table(analysis: Analysis) -> Table:
    """One row per cell with a completed report run."""
    return cell_table(
        analysis,
        "auc",
        "Over the whole of training",
        "Means over the completed report runs at their evaluation points. Final: the last point. Best: the best point "
        "of each run, which flatters every entry, because it is chosen by looking. AUC: the mean over training, by the "
        "trapezoidal rule, ± half width of its 95 % Student t interval; of log10 where the scale says so, which is so "
        "for losses that are positive everywhere on the task. With a decaying schedule only the end is a result.",
        analysis.auc,
        {
            "quantity": lambda row: str(row["quantity"]),
            "final": lambda row: number(row["final"], 4),
            "best": lambda row: number(row["best"], 4),
            "AUC": lambda row: with_interval(row["auc"], row["auc_half_width"]),
            "scale": lambda row: str(row["scale"]),
            "runs": lambda row: count(row["n"]),
        },
        text=("quantity", "scale"),
    )
