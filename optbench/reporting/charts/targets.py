"""Steps to a target: each run's own, their median, and the share of runs that got there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from optbench.analysis.groups import positions
from optbench.components.task import Task
from optbench.reporting.charts.chart import Line, Panel, Values, on_the_x_axis, taken, values
from optbench.reporting.charts.ranges import WHOLE

_X = {"steps": "steps"}


def targets_panels(
    targets: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task], order: Sequence[str]
) -> tuple[Panel, ...]:
    """A panel for each target of `analysis.targets` tables of one condition, with a row per entry in this order."""
    panels = []
    for (task, target), cells in targets.groupby(["task", "target"], sort=False):
        of_target = runs[(runs["task"] == task) & (runs["target"] == target) & np.isfinite(runs["steps"])]
        there = set(cells["optimizer"])
        rows = tuple(name for name in order if name in there)
        reached, steps = positions(of_target, ["task", "optimizer"]), values(of_target["steps"])
        seeds = [f"seed {seed}" for seed in of_target["seed"]]
        lines: list[Line] = []
        for cell in cells.to_dict("records"):
            own = reached.get((task, cell["optimizer"]), ())
            lines += _of_cell(cell, taken(steps, own), taken(seeds, own), tasks[str(task)].steps)
        panels.append(Panel(f"{task}: {target}", _X, "", tuple(lines), rows=rows, end=tasks[str(task)].steps * 1.1))
    return tuple(panels)


def _of_cell(cell: Mapping[object, object], reached: Values, seeds: tuple[str, ...], steps: int) -> Iterator[Line]:
    entry = str(cell["optimizer"])
    yield Line(entry, {"steps": reached}, (entry,) * len(reached), notes=seeds, form="points", strong=False)
    median = float(str(cell["steps"]))
    never = not np.isfinite(median)
    note = (
        f"median; {cell['hits']} of {cell['n']} runs reach it"
        if not never
        else f"most runs never reach it ({cell['hits']} of {cell['n']} do)"
    )
    yield Line(
        entry,
        {"steps": values([steps * 1.05 if never else median])},
        (entry,),
        notes=(note,),
        form="points",
        ends="open" if never else "",
    )


def reached_panels(reached: pd.DataFrame) -> tuple[Panel, ...]:
    """The share of runs at the target against steps, a panel for each target of `analysis.reached`."""
    return tuple(
        Panel(
            f"{task}: {target}",
            {"step": "steps"},
            "runs at the target",
            tuple(_shares(curves)),
            y_range=WHOLE,
            percent=True,
        )
        for (task, target), curves in reached.groupby(["task", "target"], sort=False)
    )


def _shares(curves: pd.DataFrame) -> Iterator[Line]:
    for entry, steps in curves.groupby("optimizer", sort=False):
        yield Line(str(entry), on_the_x_axis(steps, ["step"]), values(steps["share"]), form="steps")
