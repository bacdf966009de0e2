"""What a step costs in time and memory."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import number, seconds
from optbench.reporting.tables.per_cell import cell_table
from optbench.reporting.tables.table import Table


def costs_table(analysis: Analysis) -> Table:
    """One row per cell and machine."""
    return cell_table(
        analysis,
        "costs",
        "Costs",
        "Medians over the completed report runs. The time per step excludes everything before the first evaluation "
        "point. Seconds can be compared within one machine only.",
        analysis.costs,
        {
            "time per step": lambda row: seconds(row["seconds_per_step"]),
            "ratio": lambda row: number(row["ratio"]),
            "relative to": lambda row: str(row["reference"]),
            "gradient evaluations per step": lambda row: number(row["gradient_evaluations_per_step"]),
            "training": lambda row: seconds(row["train_seconds"]),
            "evaluation": lambda row: seconds(row["eval_seconds"]),
            "state / parameters": lambda row: number(row["state_per_parameter"]),
            "machine": lambda row: str(row["machine"]),
        },
        text=("relative to", "machine"),
    )
