"""The result against the learning rate: medians, every tuning run, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.analysis.groups import positions
from optbench.components.task import Task
from optbench.reporting.charts.chart import Line, Panel, taken, values
from optbench.reporting.charts.ranges import differ_much
from optbench.reporting.metric import is_share
from optbench.reporting.present import present

_X = {"lr": "learning rate"}


def sensitivity_panels(medians: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.sensitivity` tables (`sensitivity`, `sensitivity_runs`) of one condition.

    Runs that did not complete, or ended worse than they began, are open points at the value before training.
    """
    there = present(tasks, runs.loc[np.isfinite(runs["value"]), "task"])
    return tuple(_panel(tasks[name], medians[medians["task"] == name], runs[runs["task"] == name]) for name in there)


def _panel(task: Task, medians: pd.DataFrame, runs: pd.DataFrame) -> Panel:
    quantity = str(runs["quantity"].iloc[0])
    start = float(runs["initial"].iloc[0])
    good = pd.Series([start, *runs.loc[runs["value"] <= start, "value"]])
    lines = _lines(medians[np.isfinite(medians["median"])].sort_values("lr", kind="stable"), runs, start)
    return Panel(
        title=task.name,
        x=_X,
        y=quantity,
        lines=tuple(lines),
        log_x=True,
        log_y=differ_much(good),
        percent=quantity not in (SUBOPTIMALITY, VALIDATION_LOSS) and is_share(task),
    )


def _lines(medians: pd.DataFrame, runs: pd.DataFrame, start: float) -> Iterator[Line]:
    """Of each entry the medians, the runs that got better, those that did not, and what was selected."""
    found, of_run = (positions(table, ["task", "optimizer"]) for table in (medians, runs))
    lr, y, n = values(medians["lr"]), values(medians["median"].clip(upper=start)), values(medians["n"])
    alone, chosen = medians["alone"].to_numpy(bool), medians["chosen"].to_numpy(bool)
    run_lr, run_y, outcomes = values(runs["lr"]), values(runs["value"]), _outcomes(runs)
    better = (runs["value"] <= start).to_numpy()
    for key, own in of_run.items():
        entry = str(key[1])
        line = found.get(key, own[:0])
        if len(line) and alone[line].all():
            notes = tuple("selected" if selected else "" for selected in chosen[line])
            yield Line(entry, {"lr": taken(lr, line)}, taken(y, line), n=taken(n, line), what="median", notes=notes)
        inside, outside = own[better[own]], own[~better[own]]
        if len(inside):
            notes = tuple(f"seed {seed}" for seed in runs["seed"].iloc[inside])
            x = {"lr": taken(run_lr, inside)}
            yield Line(entry, x, taken(run_y, inside), notes=notes, form="points", strong=False)
        if len(outside):
            x, at_start = {"lr": taken(run_lr, outside)}, values([start]) * len(outside)
            notes = taken(outcomes, outside)
            yield Line(entry, x, at_start, notes=notes, form="points", strong=False, ends="open")
        best = line[chosen[line]]
        if len(best):
            x = {"lr": taken(lr, best)}
            yield Line(entry, x, taken(y, best), what="selected", n=taken(n, best), form="points")


def _outcomes(runs: pd.DataFrame) -> tuple[str, ...]:
    """Seed and end of each run."""
    ends = runs["status"].str.replace("_", " ").replace("completed", "worse than before training")
    return tuple(f"seed {seed}: {end}" for seed, end in zip(runs["seed"], ends, strict=True))
