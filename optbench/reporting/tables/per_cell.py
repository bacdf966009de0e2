"""Tables with one row per cell (and target), by task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import Any

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL, CONDITION, varying
from optbench.reporting.allruns import anchors
from optbench.reporting.many import many
from optbench.reporting.numbers import MISSING
from optbench.reporting.tables.table import Column, Table, TableCell

Row = Mapping[Any, Any]


def cell_table(
    analysis: Analysis,
    name: str,
    title: str,
    caption: str,
    data: pd.DataFrame,
    columns: Mapping[str, Callable[[Row], str]],
    best: str = "",
    text: Iterable[str] = (),
) -> Table:
    """One row per row of `data`, by task (and target), with the `columns` made of it; those of `text` are no numbers.

    Columns of `text` that come first belong to a row's names. The smallest finite `best` of each task (and target) is
    bold. Columns without a word or number in any row are left out. Many optimizers are in the order of `best` and
    of the leaderboard.
    """
    where, ids, text = [*varying(analysis.conditions), "task", "optimizer"], anchors(analysis), set(text)
    data = _sorted(analysis, data, best)
    records, wins = data.to_dict("records"), _wins(data, best)
    shown = {key: [show(row) for row in records] for key, show in columns.items()}
    shown = {key: column for key, column in shown.items() if set(column) - {"", MISSING}}
    rows = []
    for i, row in enumerate(records):
        names = [TableCell(str(row[part])) for part in where[:-1]]
        names.append(TableCell(str(row["optimizer"]), anchor=ids[tuple(row[part] for part in CELL)]))
        rows.append((*names, *(TableCell(column[i], best=wins[i] and key == best) for key, column in shown.items())))
    heads = [*(Column(part, numeric=False) for part in where), *(Column(key, key not in text) for key in shown)]
    named = len(where) + len(list(takewhile(text.__contains__, shown)))
    return Table(name, title, caption, tuple(heads), tuple(rows), data, named)


def _sorted(analysis: Analysis, data: pd.DataFrame, best: str) -> pd.DataFrame:
    order = {"task": list(analysis.results.tasks)}
    order |= {"target": list(data["target"].unique())} if "target" in data else {}
    order |= {"optimizer": list(dict.fromkeys(analysis.leaderboard["optimizer"]))}
    keys = [*list(order)[:-1], *([best] if best and many(analysis) else []), "optimizer"]
    return data.sort_values(
        keys,
        key=lambda by: by.map(order[str(by.name)].index) if by.name in order else by,
        ignore_index=True,
    )


def _wins(data: pd.DataFrame, best: str) -> list[bool]:
    """Whether each row has the smallest finite value of its task (and target), of at least two."""
    if not best or data.empty:
        return [False] * len(data)
    groups = data.groupby([*CONDITION, *(part for part in ("task", "target") if part in data)])[best]
    wins = data[best].eq(groups.transform("min")) & (data[best] < math.inf) & (groups.transform("size") > 1)
    return [bool(win) for win in wins]
