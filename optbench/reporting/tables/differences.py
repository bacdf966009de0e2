"""How much each entry differs from the reference: optimizer x task."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL, varying
from optbench.analysis.differences import relation
from optbench.components.task import Task
from optbench.reporting.allruns import anchors
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import MISSING, with_interval
from optbench.reporting.present import present
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.tables.table import Column, Table, TableCell

SIGNS = {"better": " ▲", "worse": " ▼", "undecided": ""}


def differences_table(analysis: Analysis) -> Table:
    """Each entry's difference from the reference ± half width, with a sign where that decides."""
    data, tasks = analysis.differences, analysis.results.tasks
    where, ids = varying(analysis.conditions), anchors(analysis)
    cells = {tuple(row[part] for part in CELL): row for row in data.to_dict("records")}
    compared = present(tasks, data["task"])
    rows = []
    for entry in analysis.leaderboard.to_dict("records"):
        keys = [(entry["source"], entry["device"], task, entry["optimizer"]) for task in compared]
        if any(key in cells for key in keys):
            shown = (_cell(cells[key], tasks[key[2]], ids[key]) if key in cells else TableCell(MISSING) for key in keys)
            rows.append((*(TableCell(str(entry[column])) for column in [*where, "optimizer"]), *shown))
    names = " and ".join(dict.fromkeys(data["reference"])) or "the reference"
    return Table(
        name="differences",
        title=f"Differences from {names}",
        caption=f"Mean test metric minus that of {names}, seed by seed, ± half width of its interval. All intervals "
        f"together hold with 95 %: ▲ better, ▼ worse than {names}; undecided without a sign. {MISSING}: not all report "
        "runs of both completed. A suite names another entry to compare with by reference = NAME.",
        columns=(
            *(Column(name, numeric=False) for name in [*where, "optimizer"]),
            *(Column(f"{name}: {label(tasks[name], 'test')}") for name in compared),
        ),
        rows=tuple(rows),
        data=data,
        names=len(where) + 1,
    )


def _cell(row: Row, task: Task, anchor: str) -> TableCell:
    by = factor(task)
    text = with_interval(row["difference"] * by, (row["high"] - row["low"]) / 2 * by)
    return TableCell(_signed(text) + SIGNS[relation(row["low"], row["high"], task.higher_is_better)], anchor=anchor)


def _signed(text: str) -> str:
    """The text of a number with its sign; none where all digits that are shown are zeros."""
    shown = text.partition("±")[0].lstrip("(-")
    if not any(digit in shown for digit in "123456789"):
        return text.replace("-", "", 1)
    return text if text.lstrip("(").startswith("-") else f"+{text}"
