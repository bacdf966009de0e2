from __future__ import annotations

import math

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.leaderboard import leaderboard


def quality(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["task", "optimizer", "rank"])
    return table.assign(source="s", device="cpu", mean=table["rank"])


def average(**ranks: float) -> pd.DataFrame:
    table = pd.DataFrame({"optimizer": list(ranks), "average_rank": list(ranks.values()), "n_tasks": 1})
    return table.assign(source="s", device="cpu")


def test_the_lowest_average_rank_stands_first_and_ties_share_a_place() -> None:
    cells = quality(("t", "c", 2.5), ("t", "b", 2.5), ("t", "a", 1), ("t", "d", 4))
    table = leaderboard(cells, average(a=1, b=2.5, c=2.5, d=4))
    assert table["optimizer"].tolist() == ["a", "c", "b", "d"], "equal ones in the order of the suite"
    assert table["place"].tolist() == [1, 2, 2, 4]


def test_wins_are_counted_over_tasks() -> None:
    cells = quality(("t", "a", 1), ("u", "a", 1.5), ("t", "b", 2), ("u", "b", 1.5))
    assert leaderboard(cells, average(a=1.25, b=1.75)).set_index("optimizer")["wins"].to_dict() == {"a": 2, "b": 1}


def test_without_an_average_rank_the_ranks_that_there_are_give_the_order_but_no_place() -> None:
    cells = quality(("t", "none", math.nan), ("t", "second", 2), ("u", "first", 1))
    table = leaderboard(cells, average())
    assert table["optimizer"].tolist() == ["first", "second", "none"]
    assert table["place"].isna().all()


def test_everything_planned_is_there_once_and_conditions_stay_apart(two_conditions: Analysis) -> None:
    table = two_conditions.leaderboard
    assert len(table) == len(two_conditions.totals) == 8
    for condition in two_conditions.conditions:
        assert condition.of(table)["place"].min() == 1
        assert condition.of(table)["average_rank"].is_monotonic_increasing
