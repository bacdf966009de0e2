"""Fairness over classes: the metric of the worst class, and how far apart the classes are."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import mean_interval

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "n": "completed report runs",
    "mean": "mean test metric",
    "worst": "mean over the runs of the test metric of the worst class",
    "worst_half_width": "half width of its 95 % Student t interval",
    "spread": "mean over the runs of the distance from the worst class to the best",
    "spread_half_width": "half width of its interval",
}


def classes(runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every cell whose metric is one of classes."""
    known = runs[runs["is_report"] & runs["completed"]].dropna(subset=["final_test_worst_class"])
    rows = []
    for key, group in known.groupby(CELL, sort=False):
        worst, spread = (mean_interval(group[f"final_test_{part}"]) for part in ("worst_class", "class_spread"))
        mean = float(group["final_test_metric"].mean())
        rows.append((*key, len(group), mean, worst.center, worst.half_width, spread.center, spread.half_width))
    return pd.DataFrame(rows, columns=list(COLUMNS))
