"""The same cell in two conditions: is the quality the same, and what does each cost?"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import pandas as pd

from optbench.analysis.condition import Condition
from optbench.analysis.intervals import Interval

COLUMNS = {
    "task": "the task",
    "optimizer": "the optimizer",
    "first": "label of one condition",
    "second": "label of the other",
    "first_mean": "mean test metric there",
    "first_half_width": "half width of its 95 % interval",
    "second_mean": "mean test metric there",
    "second_half_width": "half width of its 95 % interval",
    "overlap": "whether the intervals overlap; missing where either has none",
    "seconds_ratio": "seconds per step, second / first: as timed, or where one was not, of the runs; NaN unless both "
    "were on one and the same machine",
    "seconds_spread": "how far that scatters: from the interquartile ranges of both",
}


def comparison(quality: pd.DataFrame, costs: pd.DataFrame, conditions: tuple[Condition, ...]) -> pd.DataFrame:
    """`COLUMNS` for every pair of conditions and every (task, optimizer) that both have a result for."""
    on = ["task", "optimizer"]
    rows = []
    for a, b in combinations(conditions, 2):
        both = a.of(quality).merge(b.of(quality), on=on, suffixes=("_a", "_b")).dropna(subset=["mean_a", "mean_b"])
        paired = a.of(costs).merge(b.of(costs), on=[*on, "machine"], suffixes=("_a", "_b")).set_index(on)
        timed, ran = (_ratios(paired, *columns) for columns in _SECONDS)
        ratios = timed.where(timed["ratio"].notna(), ran).groupby(level=on).median().to_dict("index")
        for row in both.to_dict("records"):
            seconds = ratios.get((row["task"], row["optimizer"]), {"ratio": math.nan, "spread": math.nan})
            rows.append(
                (
                    row["task"],
                    row["optimizer"],
                    a.label,
                    b.label,
                    row["mean_a"],
                    row["half_width_a"],
                    row["mean_b"],
                    row["half_width_b"],
                    _overlap(row),
                    seconds["ratio"],
                    seconds["spread"],
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


_SECONDS = (("timed_step_seconds", "timed_step_spread"), ("seconds_per_step", "seconds_per_step_spread"))


def _ratios(paired: pd.DataFrame, seconds: str, spread: str) -> pd.DataFrame:
    """`ratio`, second / first, and its `spread`, the relative ones of both added as independent errors."""
    ratio = paired[f"{seconds}_b"] / paired[f"{seconds}_a"]
    first, second = (paired[f"{spread}_{side}"] / paired[f"{seconds}_{side}"] for side in "ab")
    return pd.DataFrame({"ratio": ratio, "spread": ratio * (first**2 + second**2) ** 0.5})


def _overlap(row: dict[Any, Any]) -> bool | None:
    first = Interval(row["completed_a"], row["mean_a"], row["low_a"], row["high_a"])
    second = Interval(row["completed_b"], row["mean_b"], row["low_b"], row["high_b"])
    if math.isnan(first.half_width) or math.isnan(second.half_width):
        return None
    return not first.excludes(second)
