"""The main result: how good each cell's report runs are, never without how many of them failed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.intervals import mean_interval
from optbench.analysis.marks import flags

COLUMNS = {
    "mean": "mean test metric of the completed report runs",
    "half_width": "half width of its 95 % Student t interval; NaN for fewer than two runs",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "score": "see `ranks`: the mean that counts failures",
    "rank": "see `ranks`",
    "contends": "whether all of its planned report runs completed, without which it cannot be the best",
    "p_best": "see `contenders`",
    "p_worse": "see `contenders`",
    "picked_low": "see `contenders`",
    "picked_high": "see `contenders`",
    "best": "whether it may be the best of its task, with 95 % confidence for all tasks of the condition together",
    "worse": "whether it is clearly worse, with that confidence",
    "incomplete": "whether a report run is missing, did not complete or did not improve, on a task that did not fail",
    "mixed": "whether a completed report run was made by another version of torch than most runs of its task",
    "flags": "the signs of the marks of the cell, see `marks`",
}


def quality(
    runs: pd.DataFrame,
    cells: pd.DataFrame,
    ranks: pd.DataFrame,
    contenders: pd.DataFrame,
    overlap: Mapping[str, float],
) -> pd.DataFrame:
    """The table of cells with `COLUMNS` added; `overlap` is that of the folds of each source, see `mean_interval`."""
    table = cells.merge(ranks[[*CELL, "score", "rank"]], on=CELL, how="left")
    table = table.merge(contenders, on=CELL, how="left")
    intervals = {
        key: mean_interval(group, overlap=overlap[str(key[0])])
        for key, group in _completed(runs).groupby(CELL, sort=False)["final_test_metric"]
    }
    found = [intervals.get(key, mean_interval(())) for key in table[CELL].itertuples(index=False, name=None)]
    table["mean"] = [interval.center for interval in found]
    table["half_width"] = [interval.half_width for interval in found]
    table["low"], table["high"] = [i.low for i in found], [i.high for i in found]
    table["contends"] = table["level"].notna() & table["mean"].notna()
    table["best"] = table["p_best"] > table["level"]
    table["worse"] = table["p_worse"] <= table["level"]
    table["incomplete"] = ~table["task_failed"] & ((table["completed"] < table["planned"]) | (table["no_progress"] > 0))
    others = _made_by_other_versions(_completed(runs))
    table["mixed"] = [key in others for key in table[CELL].itertuples(index=False, name=None)]
    table["flags"] = flags(table)
    return table


def suboptimality(runs: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of the final suboptimality over the completed report runs, where an optimum is known."""
    known = _completed(runs).dropna(subset=["final_suboptimality"])
    rows = [
        (*key, len(group), *(float(q) for q in group.quantile([0.5, 0.25, 0.75])))
        for key, group in known.groupby(CELL, sort=False)["final_suboptimality"]
    ]
    return pd.DataFrame(rows, columns=[*CELL, "n", "median", "lower_quartile", "upper_quartile"])


def _made_by_other_versions(runs: pd.DataFrame) -> set[tuple[object, ...]]:
    """Return the cells with a run that was made by another version of torch than most runs of its task."""
    known = runs.dropna(subset=["torch"])
    known = known[known["torch"] != ""]
    usual = known.groupby([*CONDITION, "task"])["torch"].transform(lambda versions: versions.mode()[0])
    return set(known.loc[known["torch"] != usual, CELL].itertuples(index=False, name=None))


def _completed(runs: pd.DataFrame) -> pd.DataFrame:
    return runs[runs["is_report"] & runs["completed"]].dropna(subset=["final_test_metric"])
