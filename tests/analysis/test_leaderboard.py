import math

import pandas as pd

from optbench.analysis.leaderboard import leaderboard


def quality(*rows: tuple[str, str, float, bool]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["task", "optimizer", "rank", "best"])
    return table.assign(source="s", device="cpu")


def average(**ranks: float) -> pd.DataFrame:
    table = pd.DataFrame({"optimizer": list(ranks), "average_rank": list(ranks.values()), "n_tasks": 1})
    return table.assign(source="s", device="cpu")


def test_the_lowest_average_rank_stands_first_and_ties_share_a_place():
    cells = quality(("t", "c", 2.5, False), ("t", "b", 2.5, False), ("t", "a", 1, True), ("t", "d", 4, False))
    table = leaderboard(cells, average(a=1, b=2.5, c=2.5, d=4))
    assert table["optimizer"].tolist() == ["a", "c", "b", "d"], "equal ones in the order of the suite"
    assert table["place"].tolist() == [1, 2, 2, 4]


def test_wins_are_counted_over_tasks():
    cells = quality(("t", "a", 1, True), ("u", "a", 1.5, True), ("t", "b", 2, False), ("u", "b", 1.5, True))
    assert leaderboard(cells, average(a=1.25, b=1.75)).set_index("optimizer")["wins"].to_dict() == {"a": 2, "b": 1}


def test_without_an_average_rank_the_ranks_that_there_are_give_the_order_but_no_place():
    cells = quality(("t", "none", math.nan, False), ("t", "second", 2, False), ("u", "first", 1, True))
    table = leaderboard(cells, average())
    assert table["optimizer"].tolist() == ["first", "second", "none"]
    assert table["place"].isna().all()


def test_everything_planned_is_there_once_and_conditions_stay_apart(two_conditions):
    table = two_conditions.leaderboard
    assert len(table) == len(two_conditions.totals) == 8
    for condition in two_conditions.conditions:
        assert condition.of(table)["place"].min() == 1
        assert condition.of(table)["average_rank"].is_monotonic_increasing
