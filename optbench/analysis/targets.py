"""Steps and train seconds until a run first reaches a target."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from optbench.analysis.condition import CELL
from optbench.analysis.groups import positions
from optbench.analysis.intervals import share_interval
from optbench.analysis.runs import RUN
from optbench.analysis.survival import Reached, expected_running_time, par2, reached, restricted_mean
from optbench.components.task import Target, Task

RUN_COLUMNS = [*CELL, "target", "value", "run_id", "machine", "seed", "steps", "seconds"]
COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "target": "name of the target",
    "value": "the value to reach",
    "n": "report runs",
    "hits": "how many of them reach it",
    "rate_low": "lower end of the Wilson interval of the hit rate",
    "rate_high": "upper end of it",
    "steps": "median over the runs, inf for those that never reach it",
    "restricted_mean": "mean of min(steps, the task's steps)",
    "par2": "mean steps in which a run that never reaches it counts twice the task's steps",
    "expected": "expected running time: steps of all runs / how many reach it; inf for none",
    "seconds": "median of the train clock; NaN in all rows where runs come from several machines",
    "resolution": "steps between evaluation points",
}

SATURATED = 2 / 3
"""A target that so many of the cells reach by the first evaluation point after the start tells them not apart."""

_MEASURED = {"validation": "validation_metric", "train": "train_eval_loss", "suboptimality": "suboptimality"}


def target_runs(frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`RUN_COLUMNS` for every report run and target of its task; `steps` and `seconds` are inf for never."""
    points = frame[[*RUN, "step", "train_seconds", *_MEASURED.values()]].dropna(subset=["step"])
    columns = {name: points[name].to_numpy(float) for name in points.columns.difference(RUN)}
    of_run, nothing = positions(points, RUN), np.empty(0, dtype=int)
    report = runs.loc[runs["is_report"], [*CELL, "run_id", "machine", "seed"]]
    rows = []
    for *cell, run_id, machine, seed in report.itertuples(index=False, name=None):
        task = tasks[cell[2]]
        own = of_run.get((cell[0], run_id), nothing)
        for target in task.targets:
            hit = first_hit({name: column[own] for name, column in columns.items()}, target, task)
            rows.append((*cell, target.name, target.value, run_id, machine, seed, *hit))
    return pd.DataFrame(rows, columns=RUN_COLUMNS)


def first_hit(points: Mapping[str, NDArray[np.float64]], target: Target, task: Task) -> tuple[float, float]:
    """Step and train seconds of the first evaluation point at least as good as the target; inf for never.

    `points` are columns of the evaluation points of one run. Nothing is interpolated: resolution is T / (E - 1).
    """
    measured = points[_MEASURED[target.on]]
    higher = target.on == "validation" and task.higher_is_better
    hit = measured >= target.value if higher else measured <= target.value
    if not hit.any():
        return math.inf, math.inf
    return float(points["step"][hit].min()), float(np.fmin.reduce(points["train_seconds"][hit]))


def targets(target_runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` per cell and target."""
    rows = []
    one_machine = target_runs.loc[target_runs["steps"] < math.inf, "machine"].nunique() <= 1
    values, all_steps, all_seconds = (target_runs[name].to_numpy(float) for name in ("value", "steps", "seconds"))
    for (*cell, name), own in positions(target_runs, [*CELL, "target"]).items():
        steps, seconds = all_steps[own], all_seconds[own]
        hits = int(np.isfinite(steps).sum())
        rate = share_interval(hits, len(own))
        task = tasks[cell[2]]
        rows.append(
            (
                *cell,
                name,
                float(values[own[0]]),
                len(own),
                hits,
                rate.low,
                rate.high,
                median(steps),
                restricted_mean(steps, task.steps),
                par2(steps, task.steps),
                expected_running_time(steps, task.steps),
                median(seconds) if one_machine else math.nan,
                task.steps / (task.evaluations - 1),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def unreached(targets: pd.DataFrame) -> list[tuple[str, str]]:
    """(task, target) of those that no run of any entry reaches."""
    return _told(targets.groupby(["task", "target"], sort=False)["hits"].sum() == 0)


def saturated(targets: pd.DataFrame) -> list[tuple[str, str]]:
    """(task, target) of those that two thirds of the entries reach by the first evaluation point after the start."""
    at_once = targets["steps"] <= np.ceil(targets["resolution"])
    return _told(at_once.groupby([targets["task"], targets["target"]], sort=False).mean() >= SATURATED)


def _told(chosen: pd.Series[bool]) -> list[tuple[str, str]]:
    return [(str(task), str(target)) for task, target in chosen[chosen].index]


def reached_by(target_runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """source, device, task, optimizer, target and the columns of `survival.reached`, for every cell and target."""
    steps = target_runs["steps"].to_numpy(float)
    rows = [
        (*key, *point)
        for key, own in positions(target_runs, [*CELL, "target"]).items()
        for point in reached(steps[own], tasks[key[2]].steps)
    ]
    return pd.DataFrame(rows, columns=[*CELL, "target", *Reached._fields])


def median(values: ArrayLike) -> float:
    """Median with inf kept: of (10, inf, 12) it is 12, of (10, inf, inf) inf."""
    return float(np.median(np.asarray(values, dtype=float)))
