"""Quality at the learning rate that was chosen before: what tuning again would hide.

An optimizer that applies its rate wrongly is as good as before once it is tuned anew. So the tuning runs after, at the
rate that was chosen before, are compared with those before, which have the same tuning seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, exact
from optbench.analysis.comparison.pairs import Key, Pair
from optbench.analysis.comparison.values import samples, value_changes


@dataclass(frozen=True)
class MovedRate:
    """A cell whose selected learning rate is another one after."""

    pair: Pair
    before: float
    after: float


def old_rate_changes(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame], margin: float) -> list[Change]:
    """Judge every pair that was tuned before; a run that completed there before and does not after is worse."""
    found, compared = [], []
    for pair in pairs:
        before, after = (_tuning(runs.get(cell)) for cell in (pair.before, pair.after))
        if before is None or after is None or not before["chosen"].any():
            continue
        rate = before.loc[before["chosen"], "lr"].iloc[0]
        before, after = before[before["lr"] == rate], after[after["lr"] == rate]
        if lost := len(set(_seeds(before, True)) & set(_seeds(after, False))):
            n = len(set(before["seed"]) & set(after["seed"]))
            basis = f"{lost} of {n} runs end early: {', '.join(sorted(set(after.loc[~after['completed'], 'status'])))}"
            found.append(change(pair, Measure.OLD_RATE, (0, lost), exact(lost, n), basis, Judged(Verdict.WORSE)))
        elif len(after):
            compared.append((pair, samples(pair, before, after, "final_validation_metric", 0.0)))
    return found + value_changes(Measure.OLD_RATE, compared, margin)


def moved_rates(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame]) -> tuple[MovedRate, ...]:
    """Return the cells whose selected rate, the median of those of folds, moved."""
    found = []
    for pair in pairs:
        before, after = (_chosen(runs.get(cell)) for cell in (pair.before, pair.after))
        if before is not None and after is not None and before != after:
            found.append(MovedRate(pair, before, after))
    return tuple(found)


def _tuning(runs: pd.DataFrame | None) -> pd.DataFrame | None:
    tuning = None if runs is None else runs[(runs["phase"] == "tune") & runs["fold"].isna()]
    return tuning if tuning is not None and len(tuning) else None


def _chosen(runs: pd.DataFrame | None) -> float | None:
    chosen = None if runs is None else runs.loc[runs["chosen"], "lr"]
    return float(chosen.median()) if chosen is not None and len(chosen) else None


def _seeds(runs: pd.DataFrame, completed: bool) -> list[int]:
    return [int(seed) for seed in runs.loc[runs["completed"] == completed, "seed"]]
