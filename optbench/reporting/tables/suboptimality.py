"""How far from the known optimum the report runs ended."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import count, number
from optbench.reporting.tables.per_cell import cell_table
from optbench.reporting.tables.table import Table


def suboptimality_table(analysis: Analysis) -> Table:
    """Median and quartiles of the final suboptimality."""
    return cell_table(
        analysis,
        "suboptimality",
        "Distance to the known optimum",
        "Suboptimality (f − f*) / (f₀ − f*) of the training loss at the end of the completed report runs.",
        analysis.suboptimality,
        {
            "median": lambda row: number(row["median"]),
            "quartiles": lambda row: f"{number(row['lower_quartile'])} – {number(row['upper_quartile'])}",
            "runs": lambda row: count(row["n"]),
        },
        best="median",
    )
