"""What is shown of more optimizers than one can look at: the leading ones, said to be so."""

from __future__ import annotations

from collections.abc import Collection

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition

MANY = 20
"""Up to so many optimizers are all shown everywhere. Of more, the page's tables and the CSV files still have all;
figures, sentences and the terminal have the leading ones and say how many."""

LEADERS = 8
"""Of many, so many are told apart by colour in learning curves and named in the sentence about ranks."""


FIT_LINES = 3
"""So many have their training and their validation losses drawn into one panel."""


def many(analysis: Analysis) -> bool:
    """Whether a report is about more than `MANY` optimizers."""
    return len(analysis.results.entries) > MANY


def leading(analysis: Analysis, condition: Condition, n: int) -> list[str]:
    """Of many optimizers the `best`; of few all, in the suite's order."""
    names = list(analysis.results.entries)
    return best(analysis, condition, n, names) if many(analysis) else names


def best(analysis: Analysis, condition: Condition, n: int, among: Collection[str]) -> list[str]:
    """Among some, the winner of each task and then the best by average rank, at most `n` in all, best first."""
    table = condition.of(analysis.leaderboard)
    table = table[table["optimizer"].isin(list(among))]
    winners_first = table.sort_values("wins", key=lambda wins: wins.eq(0), kind="stable")
    return [str(name) for name in winners_first.head(n).sort_index()["optimizer"]]
