"""The result against the learning rate: medians, every tuning run, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.components.task import Task
from optbench.reporting.charts.chart import Line, Panel, on_the_x_axis, values
from optbench.reporting.charts.ranges import differ_much
from optbench.reporting.metric import is_share

_X = {"lr": "learning rate"}


def sensitivity_panels(medians: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.sensitivity` tables (`sensitivity`, `sensitivity_runs`) of one condition.

    Runs that did not complete, or ended worse than they began, are open points at the value before training.
    """
    return tuple(
        _panel(task, medians[medians["task"] == name], runs[runs["task"] == name])
        for name, task in tasks.items()
        if name in set(runs.loc[np.isfinite(runs["value"]), "task"])
    )


def _panel(task: Task, medians: pd.DataFrame, runs: pd.DataFrame) -> Panel:
    quantity = str(runs["quantity"].iloc[0])
    start = float(runs["initial"].iloc[0])
    good = pd.Series([start, *runs.loc[runs["value"] <= start, "value"]])
    lines = [line for entry in dict.fromkeys(runs["optimizer"]) for line in _of_entry(str(entry), medians, runs, start)]
    return Panel(
        title=task.name,
        x=_X,
        y=quantity,
        lines=tuple(lines),
        log_x=True,
        log_y=differ_much(good),
        percent=quantity not in (SUBOPTIMALITY, VALIDATION_LOSS) and is_share(task),
    )


def _of_entry(entry: str, medians: pd.DataFrame, runs: pd.DataFrame, start: float) -> Iterator[Line]:
    line = medians[(medians["optimizer"] == entry) & np.isfinite(medians["median"])].sort_values("lr")
    points = runs[runs["optimizer"] == entry]
    if line["alone"].all() and len(line):
        notes = tuple("selected" if chosen else "" for chosen in line["chosen"])
        yield Line(
            entry,
            on_the_x_axis(line, _X),
            values(line["median"].clip(upper=start)),
            n=values(line["n"]),
            what="median",
            notes=notes,
        )
    inside = points[points["value"] <= start]
    if len(inside):
        notes = tuple(f"seed {seed}" for seed in inside["seed"])
        yield Line(entry, on_the_x_axis(inside, _X), values(inside["value"]), notes=notes, form="points", strong=False)
    outside = points[~(points["value"] <= start)]
    if len(outside):
        notes = tuple(_outcome(run) for run in outside.to_dict("records"))
        yield Line(
            entry,
            on_the_x_axis(outside, _X),
            (values([start]) * len(outside)),
            notes=notes,
            form="points",
            strong=False,
            ends="open",
        )
    chosen = line[line["chosen"]]
    if len(chosen):
        yield Line(
            entry,
            on_the_x_axis(chosen, _X),
            values(chosen["median"].clip(upper=start)),
            what="selected",
            n=values(chosen["n"]),
            form="points",
        )


def _outcome(run: dict[object, object]) -> str:
    ended = str(run["status"]).replace("_", " ")
    return f"seed {run['seed']}: {'worse than before training' if ended == 'completed' else ended}"
