"""How the values of paired cells are judged: as differences of means, within a margin."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, judged
from optbench.analysis.comparison.differences import Samples, difference_intervals
from optbench.analysis.comparison.pairs import Pair
from optbench.analysis.intervals import CONFIDENCE, Interval

PAIRED, WELCH = "seed by seed", "Welch's interval: no common seeds"


def samples(
    pair: Pair, before: pd.DataFrame, after: pd.DataFrame, column: str, other: str, overlap: float = 0.0
) -> Samples:
    """Return the values of completed runs, those that have seed and `other` in common where any seed is common."""
    first, second = (_by_seed(runs, column, other) for runs in (before, after))
    common = first.index.intersection(second.index)
    paired = bool(set(before["seed"]) & set(after["seed"]))
    first, second = (first[common], second[common]) if paired else (first, second)
    group = " ".join((*pair.labels, pair.task.name, pair.before[1]))
    return Samples(group, first.to_numpy(float), second.to_numpy(float), paired, overlap)


def value_changes(
    measure: Measure, compared: Sequence[tuple[Pair, Samples]], margin: float, confidence: float = CONFIDENCE
) -> list[Change]:
    """Judge the values of one measure, a row for each pair.

    `margin` is a share of the value before for losses, a difference for shares.
    """
    intervals = difference_intervals([values for _, values in compared], confidence)
    return [_change(measure, *one, interval, margin) for one, interval in zip(compared, intervals, strict=True)]


def _change(measure: Measure, pair: Pair, values: Samples, interval: Interval, margin: float) -> Change:
    basis = PAIRED if values.paired else WELCH
    if values.equal:
        return change(pair, measure, values.means, interval, basis, Judged(Verdict.SAME, 0.0))
    if values.n < 2:
        few = f"{values.n or 'no'} common run{'s' * (values.n != 1)}"
        return change(pair, measure, values.means, interval, few, Judged(Verdict.UNDECIDED))
    margin *= 1.0 if pair.task.measure.share else abs(values.means[0])
    sign = -1 if pair.task.higher_is_better else 1
    low, high = sorted((sign * interval.low, sign * interval.high))
    signed = Interval(interval.n, sign * interval.center, low, high)
    return change(pair, measure, values.means, interval, basis, judged(signed, margin, values.rounding))


def _by_seed(runs: pd.DataFrame, column: str, other: str) -> pd.Series[float]:
    done = runs[runs["completed"]].dropna(subset=[column])
    return done.assign(other=done[other].fillna(-1)).set_index(["seed", "other"])[column]
