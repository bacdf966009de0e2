"""Controls: entries that were run twice with different seeds, whose difference is the noise of the whole procedure."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys([*CONDITION, "task"], "where it was run"),
    "optimizer": "the entry",
    "control": "the same with other seeds, in tuning and in the report",
    "difference": "absolute difference of their mean test metrics",
}


def is_control(table: pd.DataFrame, results: Results) -> pd.Series[bool]:
    """Which rows of `table` (source, optimizer, …) belong to a control, which takes part in no comparison."""
    controls = {(source, control) for source, control, _ in _controls(results)}
    rows = table[["source", "optimizer"]].itertuples(index=False, name=None)
    return pd.Series([row in controls for row in rows], index=table.index, dtype=bool)


def noise_floor(quality: pd.DataFrame, results: Results) -> pd.DataFrame:
    """`COLUMNS` for every control on every task on which both have a result."""
    rows = []
    means = quality.set_index(CELL)["mean"]
    for source, control, optimizer in _controls(results):
        here = quality[(quality["source"] == source) & (quality["optimizer"] == control)]
        for _, device, task in here[[*CONDITION, "task"]].itertuples(index=False, name=None):
            other = means.get((source, device, task, optimizer))
            difference = abs(means[source, device, task, control] - (float("nan") if other is None else other))
            rows.append((source, device, task, optimizer, control, difference))
    return pd.DataFrame(rows, columns=list(COLUMNS)).dropna(subset=["difference"])


def _controls(results: Results) -> list[tuple[str, str, str]]:
    """(source, control, entry) of every control."""
    return [
        (source.label, entry.name, entry.control_of)
        for source in results.sources
        for entry in source.suite.optimizers
        if entry.control_of
    ]
