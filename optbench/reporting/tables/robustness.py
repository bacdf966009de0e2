"""How much each entry depends on its learning rate, and what one rate for all tasks would cost."""

from __future__ import annotations

import math

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CONDITION, varying
from optbench.analysis.robustness import HALF_WINDOW
from optbench.reporting.numbers import number, short
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Column, Table, TableCell


def robustness_table(analysis: Analysis) -> Table:
    """One row per cell with a completed tuning run."""
    return cell_table(
        analysis,
        "robustness",
        "Dependence on the learning rate",
        "From the medians over tuning seeds, in the quantity named, of which less is better. Sensitivity: the mean, "
        f"over {2 * HALF_WINDOW:g} decades around the best rate (or those in brackets, where fewer were tried), of how "
        "much worse than the best a rate is; no rate counts as worse than before training. Width: decades around the "
        "best rate with a value at most 5 % above the best, or 1 point for shares; at least (≥) that where they end "
        "with the rates that were tried. Margin: decades from the best rate up to the first at which a run diverged. "
        "Gain of tuning: the value at lr_ref less that at the selected rate, by the same tuning seeds; a little too "
        "large, because the latter was selected. Diverged: report runs, with the 95 % Wilson interval of their share.",
        analysis.robustness,
        {
            "quantity": lambda row: str(row["quantity"]),
            "sensitivity": _sensitivity,
            "width": lambda row: ("≥ " if row["open"] else "") + f"{row['width']:.2f}",
            "margin": lambda row: (
                f"{row['divergence_margin']:.2f}" if math.isfinite(row["divergence_margin"]) else "none"
            ),
            "gain of tuning": lambda row: (
                "did not complete" if row["tuning_gain"] == math.inf else number(row["tuning_gain"])
            ),
            "diverged": _diverged,
        },
        text=("quantity",),
    )


def transfer_table(analysis: Analysis) -> Table:
    """One row per optimizer that was tuned on at least two tasks."""
    names = [*varying(analysis.conditions), "optimizer"]
    data = analysis.leaderboard[[*CONDITION, "optimizer"]].merge(analysis.transfer, on=[*CONDITION, "optimizer"])
    return Table(
        name="transfer",
        title="One learning rate for all tasks",
        caption="The rate with the best mean score over the tasks, of those that were tried on each; scores are those "
        "of the medians over tuning seeds, 0 before training and 1 the best that any entry reached in tuning on the "
        "task. Regret: how much the score of rates that are tuned on each task is above it.",
        columns=(
            *(Column(name, numeric=False) for name in names),
            *map(Column, ("tasks", "learning rate", "score", "tuned", "regret")),
        ),
        rows=tuple(
            (
                *(TableCell(str(row[name])) for name in names),
                TableCell(str(row["n_tasks"])),
                TableCell(short(row["lr"])),
                *(TableCell(f"{row[column]:.3f}") for column in ("score", "tuned_score", "regret")),
            )
            for row in data.to_dict("records")
        ),
        data=data,
        names=len(names),
    )


def _sensitivity(row: Row) -> str:
    full = row["sensitivity_decades"] > 2 * HALF_WINDOW - 1e-6
    return number(row["sensitivity"]) + ("" if full else f" ({row['sensitivity_decades']:.2g})")


def _diverged(row: Row) -> str:
    return (
        f"{row['diverged']}/{row['n']} ({100 * row['diverged_low']:.0f} – {100 * row['diverged_high']:.0f} %)"
        if row["n"]
        else ""
    )
