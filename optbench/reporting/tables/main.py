"""The main result: optimizer x task."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL, CONDITION, varying
from optbench.analysis.marks import footnotes
from optbench.components.task import Task
from optbench.reporting.allruns import anchors
from optbench.reporting.many import many
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import MISSING, short, with_interval
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.reporting.words.failures import ending
from optbench.reporting.words.finding import listed

AVERAGE_RANK = "average rank"
_BOLD = "Bold: with 95 % confidence, for all tasks together, the best of each task is one of its bold entries"
_RANKED = "The average rank is over the tasks that every entry ran on"
_FAILED = "Task failed: every entry that ran on it failed in the same way, so no entry is ranked on it"


def main_table(analysis: Analysis) -> Table:
    """Mean test metric ± half width of its interval for each optimizer and task, and the average rank if there is one.

    The best optimizers come first; many have their place.
    """
    where, tasks, ids = varying(analysis.conditions), analysis.results.tasks, anchors(analysis)
    quality = analysis.quality.assign(rank_share=_rank_share(analysis.quality))
    cells = {tuple(row[part] for part in CELL): row for row in quality.to_dict("records")}
    ranked, rows = len(analysis.average_ranks) > 0, []
    for entry in analysis.leaderboard.to_dict("records"):
        keys = [(entry["source"], entry["device"], task, entry["optimizer"]) for task in tasks]
        results = [result(cells[key], tasks[key[2]], ids) if key in cells else TableCell("") for key in keys]
        names = [TableCell(str(entry[column])) for column in [*where, "optimizer"]]
        place = [TableCell(short(entry["place"]))] if many(analysis) else []
        rank = [_rank(entry["average_rank"])] if ranked else []
        rows.append((*place, *names, *results, *rank))
    sentences = (
        "Mean over the completed report runs ± half width of its 95 % Student t interval, for each entry by itself",
        *([_BOLD] if analysis.quality["best"].any() else []),
        *_best_weights(tasks),
        *([_RANKED] if ranked else []),
        *([_FAILED] if analysis.quality["task_failed"].any() else []),
        *footnotes("".join(analysis.quality["flags"])),
    )
    return Table(
        name="main-result",
        title="Main result",
        caption=". ".join(sentences) + ".",
        columns=(
            *([Column("place")] if many(analysis) else []),
            *(Column(name, numeric=False) for name in [*where, "optimizer"]),
            *(Column(f"{name}: {label(task, 'test')}") for name, task in tasks.items()),
            *([Column(AVERAGE_RANK)] if ranked else []),
        ),
        rows=tuple(rows),
        data=_with_places(analysis) if many(analysis) else analysis.quality,
        names=many(analysis) + len(where) + 1,
    )


def _best_weights(tasks: Mapping[str, Task]) -> list[str]:
    """On which tasks the weights that count are not the last ones."""
    chosen = [name for name, task in tasks.items() if task.primary == "best"]
    said = "the weights with the best validation value at an evaluation point count, elsewhere the last ones"
    return [f"On {listed(chosen)} {said}"] if chosen else []


def result(row: Row, task: Task, ids: Mapping[tuple[str, ...], str]) -> TableCell:
    """Mean ± half width and marks of one row of `analysis.quality`, or how its runs ended."""
    anchor = ids[tuple(row[part] for part in CELL)]
    if row["task_failed"]:
        return TableCell("task failed", anchor=anchor)
    by = factor(task)
    if row["mean"] != row["mean"]:
        return TableCell(f"{ending(row)} (0/{row['planned']})", anchor=anchor)
    share = f" ({row['completed']}/{row['planned']})" if row["completed"] < row["planned"] else ""
    text = f"{with_interval(row['mean'] * by, row['half_width'] * by)}{share}{row['flags']}"
    return TableCell(text, best=bool(row["best"]), anchor=anchor, shade=row.get("rank_share"))


def _rank_share(quality: pd.DataFrame) -> pd.Series[float]:
    """0 for the best rank of a task, 1 for the worst; NaN where there is no rank or no difference."""
    ranks = quality.groupby([*CONDITION, "task"])["rank"]
    best, worst = ranks.transform("min"), ranks.transform("max")
    return (quality["rank"] - best) / (worst - best)


def _rank(average: float) -> TableCell:
    return TableCell(f"{average:.2f}" if average == average else MISSING)


def _with_places(analysis: Analysis) -> pd.DataFrame:
    of_optimizer = analysis.leaderboard[[*CONDITION, "optimizer", "average_rank", "place"]]
    table = analysis.quality.merge(of_optimizer, on=[*CONDITION, "optimizer"], how="left")
    return table.sort_values(["place", "rank"], kind="stable", ignore_index=True)
