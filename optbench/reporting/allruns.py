"""Every run, so that any number of the report leads to the runs that it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL
from optbench.components.task import Task
from optbench.reporting.metric import factor
from optbench.reporting.numbers import number, short
from optbench.reporting.settings import besides_the_rate

HEADINGS = {
    "run": "run id",
    "where": "where",
    "task": "task",
    "optimizer": "optimizer",
    "phase": "phase",
    "lr": "learning rate",
    "also": "also tuned",
    "seed": "seed",
    "status": "status",
    "validation": "validation",
    "test": "test",
    "note": "note",
}
NUMERIC = ("lr", "seed", "validation", "test")
_ALWAYS = {"run", "task", "optimizer", "phase", "status"}


@dataclass(frozen=True)
class AllRuns:
    """A row of texts for each recorded run, report runs first, and where each cell's runs are."""

    columns: tuple[str, ...]
    """Keys of `HEADINGS`; those without a word in any row are left out."""
    rows: tuple[tuple[str, ...], ...]
    chosen: frozenset[str]
    """Ids of the runs with a setting that the protocol selected."""
    cells: Mapping[str, Mapping[str, str]]
    """By the anchor of each planned cell: what its runs have in which column."""


def anchors(analysis: Analysis) -> dict[tuple[str, ...], str]:
    """Anchor of every cell's runs on the page, by (source, device, task, optimizer)."""
    cells = analysis.quality[CELL].itertuples(index=False, name=None)
    return {cell: f"cell-{i}" for i, cell in enumerate(cells, start=1)}


def all_runs(analysis: Analysis) -> AllRuns:
    """Collect them: by cell in the order of the suites, then by phase, learning rate and seed."""
    ids = anchors(analysis)
    labels = {(where.source, where.device): where.label for where in analysis.conditions}
    runs = analysis.runs.assign(cell=pd.MultiIndex.from_frame(analysis.runs[CELL]).map(list(ids).index))
    runs = runs.sort_values(["cell", "phase", "lr", "seed"], kind="stable")
    also = {setting: besides_the_rate(setting) for setting in runs["setting"].unique()}
    rows = [
        _row(run, analysis.results.tasks[run["task"]], labels[run["source"], run["device"]], also)
        for run in runs.to_dict("records")
    ]
    columns = [key for key in HEADINGS if key in _ALWAYS or any(row[key] for row in rows)]
    cells = {
        anchor: {"task": cell[2], "optimizer": cell[3]}
        | ({"where": labels[cell[0], cell[1]]} if "where" in columns else {})
        for cell, anchor in ids.items()
    }
    return AllRuns(
        columns=tuple(columns),
        rows=tuple(tuple(row[key] for key in columns) for row in rows),
        chosen=frozenset(runs.loc[runs["chosen"], "run_id"]),
        cells=cells,
    )


def _row(run: Mapping[Any, Any], task: Task, where: str, also: Mapping[str, str]) -> dict[str, str]:
    by = factor(task)
    notes = [str(run["reason"])] if run["reason"] else []
    if run["no_progress"]:
        notes.append("no progress: the training loss did not fall below its initial value")
    validation, test = (
        "" if math.isnan(value) else number(value * by, 4)
        for value in (run["final_validation_metric"], run["final_test_metric"])
    )
    return {
        "run": str(run["run_id"]),
        "where": where,
        "task": str(run["task"]),
        "optimizer": str(run["optimizer"]),
        "phase": str(run["phase"]),
        "lr": short(run["lr"]),
        "also": also[run["setting"]],
        "seed": str(run["seed"]),
        "status": str(run["status"]).replace("_", " "),
        "validation": validation,
        "test": test,
        "note": "; ".join(notes),
    }
