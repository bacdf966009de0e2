"""Who stands where over all tasks: the order in which many optimizers are read."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.setting import SETTING

COLUMNS = {
    **dict.fromkeys([*SETTING, "optimizer"], "the optimizer within a setting"),
    "average_rank": "see `ranks`; NaN where the setting has none",
    "place": "1 for the lowest average rank; ties share the first of their places",
    "wins": "tasks on which no optimizer ranks better",
}


def standings(quality: pd.DataFrame, average_ranks: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every planned optimizer, best first within each setting.

    The order is that of the average ranks; without one, of the mean of the ranks that there are; then of the suite.
    """
    of_optimizer = quality.groupby([*SETTING, "optimizer"], sort=False)
    table = of_optimizer.agg(wins=("best", "sum"), mean_rank=("rank", "mean")).reset_index()
    table = table.merge(average_ranks, on=[*SETTING, "optimizer"], how="left")
    table["place"] = table.groupby(SETTING)["average_rank"].rank(method="min")
    by_setting = [group for _, group in table.groupby(SETTING, sort=False)]
    ordered = [group.sort_values(["average_rank", "mean_rank"], kind="stable") for group in by_setting]
    return pd.concat(ordered, ignore_index=True)[list(COLUMNS)]
