"""Steps and train seconds until a run first reaches a target."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import share_interval
from optbench.analysis.runs import RUN
from optbench.analysis.survival import expected_running_time, par2, reached, restricted_mean
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
    needed = frame[[*RUN, "step", "train_seconds", *_MEASURED.values()]]
    points = dict(iter(needed.dropna(subset=["step"]).groupby(RUN, sort=False)))
    nothing = needed.iloc[:0]
    rows = []
    for run in runs.loc[runs["is_report"], [*CELL, "run_id", "machine", "seed"]].to_dict("records"):
        task = tasks[run["task"]]
        for target in task.targets:
            steps, seconds = first_hit(points.get((run["source"], run["run_id"]), nothing), target, task)
            rows.append(run | {"target": target.name, "value": target.value, "steps": steps, "seconds": seconds})
    return pd.DataFrame(rows, columns=RUN_COLUMNS)


def first_hit(points: pd.DataFrame, target: Target, task: Task) -> tuple[float, float]:
    """Step and train seconds of the first evaluation point at least as good as the target; inf for never.

    `points` are the evaluation points of one run. Nothing is interpolated: resolution is T / (E - 1).
    """
    measured = points[_MEASURED[target.on]]
    higher = target.on == "validation" and task.higher_is_better
    hit = points[measured >= target.value] if higher else points[measured <= target.value]
    return (float(hit["step"].min()), float(hit["train_seconds"].min())) if len(hit) else (math.inf, math.inf)


def targets(target_runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` per cell and target."""
    rows = []
    one_machine = target_runs.loc[target_runs["steps"] < math.inf, "machine"].nunique() <= 1
    for (*cell, name), group in target_runs.groupby([*CELL, "target"], sort=False):
        hits = int(np.isfinite(group["steps"]).sum())
        rate = share_interval(hits, len(group))
        task = tasks[str(cell[2])]
        rows.append(
            (
                *cell,
                name,
                float(group["value"].iloc[0]),
                len(group),
                hits,
                rate.low,
                rate.high,
                median(group["steps"]),
                restricted_mean(group["steps"], task.steps),
                par2(group["steps"], task.steps),
                expected_running_time(group["steps"], task.steps),
                median(group["seconds"]) if one_machine else math.nan,
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
    tables = [
        reached(group["steps"], tasks[str(key[2])].steps).assign(
            **{column: str(name) for column, name in zip([*CELL, "target"], key, strict=True)}
        )
        for key, group in target_runs.groupby([*CELL, "target"], sort=False)
    ]
    columns = [*CELL, "target", "step", "share", "low", "high"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def median(values: pd.Series[float]) -> float:
    """Median with inf kept: of (10, inf, 12) it is 12, of (10, inf, inf) inf."""
    return float(np.median(values.to_numpy(dtype=float)))
