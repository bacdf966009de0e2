"""Every run by cell, so that any number of the report leads to run ids."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL
from optbench.components.task import Task
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import number, short
from optbench.reporting.settings import besides_the_rate
from optbench.reporting.tables.table import Column, TableCell
from optbench.runs.record import RunStatus

_COLUMNS = ("run id", "phase", "learning rate", "also tuned", "seed", "status", "validation", "test", "reason")
_NUMBERS = {"learning rate", "seed", "validation", "test"}


@dataclass(frozen=True)
class RunList:
    """The runs of one cell: counts in words, then a line for each."""

    anchor: str
    title: str
    counts: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]


def anchors(analysis: Analysis) -> dict[tuple[str, ...], str]:
    """Id of every cell's list of runs on the page, by (source, device, task, optimizer)."""
    cells = analysis.quality[CELL].itertuples(index=False, name=None)
    return {cell: f"cell-{i}" for i, cell in enumerate(cells, start=1)}


def run_lists(analysis: Analysis) -> tuple[RunList, ...]:
    """One list per planned cell, in the order of the suites; report runs first, then tuning by learning rate."""
    ids = anchors(analysis)
    of_cell = dict(iter(analysis.runs.groupby(CELL, sort=False)))
    phases = {"report": "report"} | ({"tune": "tuning"} if analysis.tunes else {})
    labels = {(where.source, where.device): where.label for where in analysis.conditions}
    lists = []
    for cell in analysis.quality.to_dict("records"):
        key = tuple(cell[part] for part in CELL)
        runs = of_cell.get(key, analysis.runs.iloc[:0]).sort_values(["phase", "lr", "seed"], kind="stable")
        more = any(map(besides_the_rate, runs["setting"].unique()))
        place = labels[key[0], key[1]]
        task = analysis.results.tasks[cell["task"]]
        lists.append(
            RunList(
                anchor=ids[key],
                title=f"{cell['optimizer']} on {cell['task']}" + (f" [{place}]" if place else ""),
                counts=_counts(runs, int(cell["missing"]), phases),
                columns=tuple(_columns(task, more)),
                rows=tuple(_row(run, task, more) for _, run in runs.iterrows()),
            )
        )
    return tuple(lists)


def _columns(task: Task, more: bool) -> Iterator[Column]:
    measured = {"validation": label(task, "validation"), "test": label(task, "test")}
    for name in _COLUMNS:
        if more or name != "also tuned":
            yield Column(measured.get(name, name), numeric=name in _NUMBERS)


def _counts(runs: pd.DataFrame, missing: int, phases: Mapping[str, str]) -> str:
    parts = []
    for phase, name in phases.items():
        status = runs.loc[runs["phase"] == phase, "status"]
        counts = [
            f"{(status == str(s)).sum()} {str(s).replace('_', ' ')}" for s in RunStatus if (status == str(s)).any()
        ]
        if phase == "report" and missing:
            counts.append(f"{missing} missing")
        parts.append(f"{name}: {', '.join(counts) or 'none'}")
    return "; ".join(parts)


def _row(run: pd.Series[float], task: Task, more: bool) -> tuple[TableCell, ...]:
    by = factor(task)
    values = (run["final_validation_metric"], run["final_test_metric"])
    notes = [str(run["reason"])] if run["reason"] else []
    if run["no_progress"]:
        notes.append("no progress: the training loss did not fall below its initial value")
    return (
        TableCell(str(run["run_id"])),
        TableCell(str(run["phase"])),
        TableCell(short(run["lr"]), best=bool(run["chosen"])),
        *([TableCell(besides_the_rate(str(run["setting"])))] if more else []),
        TableCell(str(run["seed"])),
        TableCell(str(run["status"]).replace("_", " ")),
        *(TableCell(number(value * by, 4) if not math.isnan(value) else "") for value in values),
        TableCell("; ".join(notes)),
    )
