"""Diagnostics over the report runs: the mean with its interval, and each run's own points, like learning curves."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.curves import RUN_COLUMNS
from optbench.analysis.runs import RUN
from optbench.store.frame import DIAGNOSTIC

BY_DEPTH = "layers."
"""Beginning of the names of what is shown by depth instead."""
WHOLE = ".all"
"""Ending of the name of a number about the whole model, where a diagnostic has one for each layer too."""
MOST = 6
"""Numbers of one diagnostic that are shown where none is about the whole model."""


def diagnostic_runs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`curves.RUN_COLUMNS` of every number that is shown: those about the whole model, else the first six of each.

    `quantity` is the number's name. All others are in `optbench.load_results`.
    """
    report = runs.loc[runs["counts"], [*RUN, "completed"]]
    points = frame.dropna(subset=["step"]).merge(report, on=RUN).sort_values([*RUN, "step"], kind="stable")
    tables = [
        points.assign(quantity=name, value=points[f"{DIAGNOSTIC}{name}"]).dropna(subset=["value"])[RUN_COLUMNS]
        for name in _shown(frame)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=RUN_COLUMNS)


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
