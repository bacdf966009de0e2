"""The leaderboard over all tasks: average rank, place and wins of every optimizer, best first."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.condition import CONDITION

COLUMNS = {
    **dict.fromkeys([*CONDITION, "optimizer"], "the optimizer within a condition"),
    "average_rank": "see `ranks`; NaN where the condition has none",
    "place": "1 for the lowest average rank; ties share the first of their places",
    "wins": "tasks for which it has a result and no optimizer ranks better",
}


def leaderboard(quality: pd.DataFrame, average_ranks: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every planned optimizer, best first within each condition.

    The order is that of the average ranks; without one, of the mean of the ranks that there are; then of the suite.
    """
    first = quality.groupby([*CONDITION, "task"])["rank"].transform("min")
    won = quality.assign(won=quality["rank"].eq(first) & quality["mean"].notna())
    of_optimizer = won.groupby([*CONDITION, "optimizer"], sort=False)
    table = of_optimizer.agg(wins=("won", "sum"), mean_rank=("rank", "mean")).reset_index()
    table = table.merge(average_ranks, on=[*CONDITION, "optimizer"], how="left")
    table["place"] = table.groupby(CONDITION)["average_rank"].rank(method="min")
    by_condition = [group for _, group in table.groupby(CONDITION, sort=False)]
    ordered = [group.sort_values(["average_rank", "mean_rank"], kind="stable") for group in by_condition]
    return pd.concat(ordered, ignore_index=True)[list(COLUMNS)]
