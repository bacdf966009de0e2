"""Diagnostics over the report runs: the mean with its interval, and each run's own points, like learning curves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.analysis.curves import RUN_COLUMNS
from optbench.analysis.paths import PATH, has_path
from optbench.analysis.runs import RUN
from optbench.components.task import Task
from optbench.store.frame import DIAGNOSTIC

BY_DEPTH = "layers."
"""Beginning of the names of what is shown by depth instead."""
WHOLE = ".all"
"""Ending of the name of a number about the whole model, where a diagnostic has one for each layer too."""
MOST = 6
"""Numbers of one diagnostic that are shown where none is about the whole model."""


def diagnostic_runs(frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`curves.RUN_COLUMNS` of every number that is shown: those about the whole model, else the first six of each.

    `quantity` is the number's name. All others are in `optbench.load_results`; coordinates on tasks with a test
    function are in `paths`.
    """
    report = runs.loc[runs["is_report"], [*RUN, "completed"]]
    points = frame.dropna(subset=["step"]).merge(report, on=RUN).sort_values([*RUN, "step"], kind="stable")
    tables = [
        points.assign(quantity=name, value=points[f"{DIAGNOSTIC}{name}"]).dropna(subset=["value"])[RUN_COLUMNS]
        for name in _shown(frame)
    ]
    if not tables:
        return pd.DataFrame(columns=RUN_COLUMNS)
    table = pd.concat(tables, ignore_index=True)
    elsewhere = table["task"].isin(has_path(tasks)) & table["quantity"].str.startswith(PATH)
    return table[~elsewhere].reset_index(drop=True)


def _shown(frame: pd.DataFrame) -> list[str]:
    names = [str(column).removeprefix(DIAGNOSTIC) for column in frame if str(column).startswith(DIAGNOSTIC)]
    groups: dict[str, list[str]] = {}
    for name in names:
        if name.startswith(BY_DEPTH):
            continue
        groups.setdefault(name.partition(".")[0], []).append(name)
    shown = []
    for group in groups.values():
        shown += [name for name in group if name.endswith(WHOLE)] or group[:MOST]
    return shown
