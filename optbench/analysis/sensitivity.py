"""How the result depends on the learning rate: the tuning runs, which are there anyway."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.curves import SUBOPTIMALITY
from optbench.analysis.runs import BROKEN
from optbench.components.task import Task

RUN_COLUMNS = [*CELL, "run_id", "lr", "setting", "seed", "status", "chosen", "quantity", "value", "initial"]
COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "lr": "learning rate",
    "alone": "whether nothing else is tuned",
    "chosen": "whether the protocol selected it",
    "quantity": "what `median` is: suboptimality where the optimum is known, else validation loss, error or error rate",
    "n": "tuning runs at this learning rate",
    "diverged": "how many diverged",
    "broken": "how many failed, crashed, timed out or ran out of memory",
    "median": "of the final validation values, with inf for a run that did not complete",
    "initial": "median value before training over all tuning runs of the task",
}


def sensitivity_runs(runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`RUN_COLUMNS` for every tuning run; `value` is inf where it did not complete. Lower is better.

    Validation error is 1 - accuracy; other metrics are what they are called. Suboptimality, where the optimum is
    known, shows what the noise floor of a loss would hide.
    """
    tune = validation_runs(runs, tasks)
    known = tune.groupby("task")["final_suboptimality"].transform("count") > 0
    tune["quantity"] = tune["quantity"].mask(known, SUBOPTIMALITY)
    tune["value"] = tune["value"].mask(
        known, tune["final_suboptimality"].clip(lower=0).where(tune["completed"], np.inf)
    )
    tune["initial"] = tune["initial"].mask(known, 1.0)
    return tune[RUN_COLUMNS].reset_index(drop=True)


def validation_runs(runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """The tuning runs with their `quantity`, `value` and `initial` as in `RUN_COLUMNS`, all by validation data."""
    tune = runs[runs["phase"] == "tune"].copy()
    accuracy = tune["task"].map({name: task.higher_is_better for name, task in tasks.items()}).eq(True)
    tune["quantity"] = tune["task"].map({name: _quantity(task) for name, task in tasks.items()})
    final, start = tune["final_validation_metric"], tune["initial_validation_metric"]
    tune["value"] = final.mask(accuracy, 1 - final).where(tune["completed"], np.inf)
    tune["initial"] = start.mask(accuracy, 1 - start)
    tune["initial"] = tune.groupby([*CONDITION, "task"])["initial"].transform("median")
    return tune


def sensitivity(sensitivity_runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` per cell and learning rate, ascending within the cell."""
    alone = {setting: json.loads(setting).keys() == {"lr"} for setting in sensitivity_runs["setting"].unique()}
    runs = sensitivity_runs.assign(
        alone=sensitivity_runs["setting"].map(alone).astype(bool),
        diverged=sensitivity_runs["status"].eq("diverged"),
        broken=sensitivity_runs["status"].isin(BROKEN),
    )
    groups = runs.sort_values("lr", kind="stable").groupby([*CELL, "lr"], sort=False)
    table = groups.agg(
        alone=("alone", "all"),
        chosen=("chosen", "any"),
        quantity=("quantity", "first"),
        n=("value", "size"),
        diverged=("diverged", "sum"),
        broken=("broken", "sum"),
        median=("value", "median"),
        initial=("initial", "first"),
    )
    return table.reset_index()[list(COLUMNS)].astype(dict.fromkeys(["lr", "median", "initial"], float))


def _quantity(task: Task) -> str:
    return "validation error" if task.higher_is_better else f"validation {task.metric.replace('_', ' ')}"
