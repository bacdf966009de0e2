"""What a step costs: time relative to the reference, optimizer state per parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from optbench.reporting.charts.chart import Line, Panel, values
from optbench.reporting.present import present


def costs_panels(costs: pd.DataFrame, times: str, times_label: str, order: Sequence[str]) -> tuple[Panel, ...]:
    """Two panels of `analysis.costs` of one condition, the column `times` and the state's size, a row per entry."""
    rows = tuple(present(order, costs["optimizer"]))
    named = {times: times_label, "state_per_parameter": "optimizer state (bytes per parameter)"}
    return tuple(
        Panel("", {column: label}, "", tuple(_points(costs, column)), rows=rows) for column, label in named.items()
    )


def _points(costs: pd.DataFrame, column: str) -> Iterator[Line]:
    for entry, table in costs.dropna(subset=[column]).groupby("optimizer", sort=False):
        name = str(entry)
        yield Line(
            name,
            {column: values(table[column])},
            (name,) * len(table),
            notes=tuple(table["task"]),
            form="points",
            strong=False,
        )
        yield Line(
            name, {column: values([table[column].median()])}, (name,), notes=("median over tasks",), form="points"
        )
