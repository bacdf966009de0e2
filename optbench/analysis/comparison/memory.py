"""Memory before and after: the optimizer's state, which is exact, and the most that a run took, within a margin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, exact
from optbench.analysis.comparison.pairs import Key, Pair
from optbench.analysis.intervals import Interval

PEAK_MARGIN = 1.25
"""Factor by which the memory of two processes that do the same may differ."""


def state_changes(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame]) -> list[Change]:
    """Judge bytes of optimizer state per parameter, the most of any completed report run: more is worse."""
    rows = []
    for pair in pairs:
        before, after = (_per_parameter(_done(runs.get(cell))) for cell in (pair.before, pair.after))
        if len(before) and len(after):
            values = (float(before.max()), float(after.max()))
            ratio = values[1] / values[0] if values[0] else float("inf") if values[1] else 1.0
            n = min(len(before), len(after))
            rows.append(change(pair, Measure.STATE, values, exact(ratio, n), "exact", _exactly(values)))
    return rows


def peak_changes(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame]) -> list[Change]:
    """Judge the most memory of report runs on one machine: of the device where it is known, else of the process.

    It is worse where every run after takes over `PEAK_MARGIN` times what any run took before. The memory of a process
    depends on what else it did, so there is no smaller difference that says something.
    """
    rows = []
    for pair in pairs:
        before, after = (_done(runs.get(cell)) for cell in (pair.before, pair.after))
        shared = set(before["machine"]) & set(after["machine"]) - {""}
        for column, basis in (("peak_device_bytes", "tensors"), ("peak_resident_bytes", "process")):
            first, second = (side.loc[side["machine"].isin(shared), column].dropna() for side in (before, after))
            if len(first) and len(second) and first.min() > 0 and second.min() > 0:
                values = (float(first.median()), float(second.median()))
                ratio, n = values[1] / values[0], min(len(first), len(second))
                interval = Interval(n, ratio, float(second.min() / first.max()), float(second.max() / first.min()))
                rows.append(change(pair, Measure.PEAK, values, interval, basis, _within(interval)))
                break
    return rows


def _exactly(values: tuple[float, float]) -> Judged:
    before, after = values
    if before == after:
        return Judged(Verdict.SAME, 0.0)
    return Judged(Verdict.WORSE if after > before else Verdict.BETTER)


def _within(ratios: Interval) -> Judged:
    if ratios.low > PEAK_MARGIN:
        return Judged(Verdict.WORSE)
    if ratios.high < 1 / PEAK_MARGIN:
        return Judged(Verdict.BETTER)
    bound = max(ratios.center, 1 / ratios.center)
    return Judged(Verdict.SAME, bound) if bound <= PEAK_MARGIN else Judged(Verdict.UNDECIDED)


def _done(runs: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame(columns=["machine"]) if runs is None else runs[runs["is_report"] & runs["completed"]]


def _per_parameter(runs: pd.DataFrame) -> pd.Series[float]:
    if runs.empty:
        return pd.Series(dtype=float)
    return (runs["optimizer_state_bytes"] / runs["parameters"]).dropna()
