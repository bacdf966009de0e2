"""Entries whose learning curves are the same: drawn, one hides the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.analysis.condition import CONDITION
from optbench.analysis.intervals import ROUNDING

_DOUBLE = 8 * np.finfo(float).eps
"""What a value may be off by rounding, as a share of the largest one of its curve."""


@dataclass(frozen=True)
class Coinciding:
    """Entries whose report runs have the same values, seed by seed, on one task in one condition."""

    source: str
    device: str
    task: str
    optimizers: tuple[str, ...]
    """At least two, in the order of the suite."""


def coinciding(curve_runs: pd.DataFrame, entries: Iterable[str]) -> tuple[Coinciding, ...]:
    """Groups of the `entries` whose curves (`curves.RUN_COLUMNS`) agree at every step of every seed.

    They agree where they are closer than `ROUNDING` of them. One entry is in one group of a task at most.
    """
    names, ordered = list(entries), curve_runs.sort_values(["seed", "step", "value"], kind="stable")
    groups = []
    for key, task in ordered.groupby([*CONDITION, "task"], sort=False):
        curves = {
            str(name): entry[["seed", "step", "value"]].to_numpy(float)
            for name, entry in task.groupby("optimizer", sort=False)
        }
        in_order = [(name, curves[name]) for name in names if name in curves]
        groups += [Coinciding(str(key[0]), str(key[1]), str(key[2]), same) for same in _same(in_order)]
    return tuple(groups)


def _same(entries: list[tuple[str, NDArray[np.float64]]]) -> Iterator[tuple[str, ...]]:
    """Take the first entry and all that agree with it, then the first of those that are left."""
    while entries:
        (first, values), *others = entries
        same = [name for name, other in others if _agree(values, other)]
        if same:
            yield first, *same
        entries = [(name, other) for name, other in others if name not in same]


def _agree(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    if one.shape != other.shape or not np.array_equal(one[:, :2], other[:, :2]):
        return False
    finite = np.abs(one[np.isfinite(one[:, 2]), 2])
    rounding = _DOUBLE * float(finite.max()) if len(finite) else 0.0
    return bool(np.allclose(one[:, 2], other[:, 2], rtol=ROUNDING, atol=rounding, equal_nan=True))
