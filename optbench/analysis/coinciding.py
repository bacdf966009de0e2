"""Entries whose learning curves are the same: drawn, one hides the other."""

from __future__ import annotations

from collections.abc import Iterable
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


def _same(entries: list[tuple[str, NDArray[np.float64]]]) -> list[tuple[str, ...]]:
    """Take the first entry and all that agree with it, then the first of those that are left."""
    grids: dict[bytes, list[int]] = {}
    for place, (_, curve) in enumerate(entries):
        grids.setdefault(curve[:, :2].tobytes(), []).append(place)
    found = []
    for places in grids.values():
        left = np.array(places)
        values = np.stack([entries[place][1][:, 2] for place in places])
        while len(left) > 1:
            agree = _agree(values[0], values[1:])
            if agree.any():
                found.append((left[0], *left[1:][agree]))
            left, values = left[1:][~agree], values[1:][~agree]
    return [tuple(entries[place][0] for place in group) for group in sorted(found)]


def _agree(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the `[k, points]` others have the values of the first one."""
    finite = np.abs(one[np.isfinite(one)])
    rounding = _DOUBLE * float(finite.max()) if len(finite) else 0.0
    return np.asarray(np.isclose(one, others, rtol=ROUNDING, atol=rounding, equal_nan=True).all(axis=1))
