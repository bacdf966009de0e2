"""Final test values: one point per report run, and the mean with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from optbench.analysis.groups import positions
from optbench.components.task import Task
from optbench.reporting.charts.chart import Line, Panel, taken, values
from optbench.reporting.metric import factor, label


def seeds_panels(
    quality: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task], order: Sequence[str]
) -> tuple[Panel, ...]:
    """A panel per task of the completed report runs and `quality` of one condition, with a row per entry."""
    panels = []
    for name, cells in quality[~quality["task_failed"]].groupby("task", sort=False):
        task = tasks[str(name)]
        there = set(cells["optimizer"])
        rows = tuple(entry for entry in order if entry in there)
        lines = tuple(_lines(cells, runs[runs["task"] == name], factor(task)))
        panels.append(Panel(str(name), {"value": label(task, "test")}, "", lines, rows=rows))
    return tuple(panels)


def _lines(cells: pd.DataFrame, runs: pd.DataFrame, by: float) -> Iterator[Line]:
    shown, seeds = values(runs["final_test_metric"] * by), [f"seed {seed}" for seed in runs["seed"]]
    for (_, entry), own in positions(runs, ["task", "optimizer"]).items():
        x = {"value": taken(shown, own)}
        yield Line(entry, x, (entry,) * len(own), notes=taken(seeds, own), form="points", strong=False)
    for cell in cells.loc[cells["mean"].notna(), ["optimizer", "completed", "mean", "low", "high"]].to_dict("records"):
        mean, low, high = (values([cell[part] * by]) for part in ("mean", "low", "high"))
        entry, n = str(cell["optimizer"]), values([cell["completed"]])
        yield Line(entry, {"value": mean}, (entry,), low, high, n=n, what="mean", form="points")
