"""Paths of the report runs on tasks with a test function: where the parameters were, of one run for each cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.runs import RUN
from optbench.components.task import Task
from optbench.store.frame import DIAGNOSTIC

PATH = "path."
"""Beginning of the names of what the diagnostic `path` records: the coordinates x and, of two parameters, y."""

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "run_id": "of the report run whose final validation loss is the median, failed runs being the worst",
    "seed": "its seed",
    "completed": "whether it ended with final values",
    "step": "updates made",
    "x": "the first parameter",
    "y": "the second one; NaN where there is one only",
}


def has_path(tasks: Mapping[str, Task]) -> list[str]:
    """Names of the tasks whose paths can be drawn."""
    return [name for name, task in tasks.items() if task.test_function]


def paths(frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` at every evaluation point of one report run for each cell; of an even number, the better middle one."""
    coordinates = {axis: f"{DIAGNOSTIC}{PATH}{axis}" for axis in ("x", "y")}
    points = frame.reindex(columns=[*RUN, "step", *coordinates.values()]).dropna(subset=[coordinates["x"]])
    report = runs[runs["is_report"] & runs["task"].isin(has_path(tasks)) & runs["run_id"].isin(points["run_id"])]
    final = report["final_validation_loss"].where(report["completed"], np.inf)
    ordered = report.assign(final=final).sort_values([*CELL, "final", "seed"], kind="stable")
    place, n = ordered.groupby(CELL).cumcount(), ordered.groupby(CELL)["final"].transform("size")
    median = ordered.loc[place == (n - 1) // 2, [*CELL, "run_id", "seed", "completed"]]
    table = median.merge(points, on=RUN).rename(columns={column: axis for axis, column in coordinates.items()})
    return table.sort_values([*CELL, "step"], kind="stable", ignore_index=True)[list(COLUMNS)]
