"""The metrics that a task reports beside the one that selects: means over the report runs, on each split."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import mean_interval
from optbench.analysis.runs import RUN
from optbench.components.task import Task
from optbench.store.frame import SPLITS, further_column

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "metric": "name of the metric",
    "n": "completed report runs",
    **{split: f"mean over the runs, {split}" for split in SPLITS},
    **{f"{split}_half_width": "half width of its 95 % Student t interval" for split in SPLITS},
}


def further_metrics(
    frame: pd.DataFrame, runs: pd.DataFrame, tasks: Mapping[str, Task], overlap: Mapping[str, float]
) -> pd.DataFrame:
    """`COLUMNS` for every cell with completed report runs, and each further metric of its task.

    `overlap` has, by source, the test examples per training example where runs are folds.
    """
    reported = runs.loc[runs["is_report"] & runs["completed"], RUN]
    known = frame.drop_duplicates(RUN).merge(reported, on=RUN)
    rows = []
    for key, group in known.groupby(CELL, sort=False):
        cell: dict[str, str] = dict(zip(CELL, map(str, key), strict=True))
        for metric in tasks[cell["task"]].all_metrics[1:]:
            row: dict[str, str | float] = {**cell, "metric": metric, "n": len(group)}
            for split in SPLITS:
                values = group[further_column(split, metric)].dropna()
                interval = mean_interval(values, overlap=overlap[cell["source"]])
                row |= {split: interval.center, f"{split}_half_width": interval.half_width}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))
