"""Whether gradients vanish or explode on their way through the layers."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import count, number
from optbench.reporting.tables.per_cell import cell_table
from optbench.reporting.tables.table import Table


def depth_table(analysis: Analysis) -> Table:
    """Gradients of the first and the last layer of every cell that was measured."""
    return cell_table(
        analysis,
        "depth",
        "Gradients by depth",
        "Root mean square of the gradient of the first and of the last layer, early in training; decades = "
        "log10(first / last).",
        analysis.depth,
        {
            "layers": lambda row: count(row["layers"]),
            "first layer": lambda row: number(row["first"]),
            "last layer": lambda row: number(row["last"]),
            "decades": lambda row: number(row["slope"]),
            "gradients": lambda row: str(row["label"]),
        },
        text=("gradients",),
    )
