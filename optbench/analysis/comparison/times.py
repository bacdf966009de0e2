"""What a step takes before and after: on one machine only, and with a wide margin.

Times come from `optbench time` where both sides were timed on one machine: round by round where one call timed both,
otherwise relative to the reference of the same round where both have the same one, and only if the machine did not have
too much else to do, which no reference makes up for. Without, they come from the report
runs, seed by seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from optbench.analysis.comparison.change import Change, Measure, change, judged_ratio
from optbench.analysis.comparison.pairs import Key, Pair
from optbench.analysis.intervals import CONFIDENCE, Interval, mean_interval
from optbench.analysis.moderation import Floats
from optbench.analysis.timings import current_times, median_interval, paired_ratio
from optbench.runs.timing import StepTimes, Timing
from optbench.store.results import Results

MARGINS = {Measure.STEP: 1.25, Measure.UPDATE: 1.5}
"""Factors by which times of two processes may differ for no reason: of whole steps, and of `optimizer.step` alone."""

_OF_TIMING = {Measure.STEP: "step_seconds", Measure.UPDATE: "update_seconds"}
_OF_RUNS = {Measure.STEP: "seconds_per_step", Measure.UPDATE: "update_seconds_per_step"}

_ROUNDS = "optbench time, round by round"

_Timed = Mapping[tuple[str, ...], tuple[Timing, StepTimes]]
"""What was timed, by cell and machine."""

_Ratio = tuple[tuple[float, float], Any, str]
"""Seconds before and after (medians, or geometric means over runs), the interval of their ratio as a function of its
confidence, and how it was measured."""


def time_changes(
    measure: Measure, pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame], results: Results
) -> list[Change]:
    """Judge a measure of time, a row for each pair whose seconds can be compared."""
    timed: _Timed = {
        (source.label, timing.device, timing.task, found.spec.optimizer, timing.machine): (timing, found)
        for source in results.sources
        for timing, found in current_times(source)
    }
    found = [(pair, ratio) for pair in pairs if (ratio := _ratio(measure, pair, timed, runs))]
    confidence = 1 - (1 - CONFIDENCE) / max(len(found), 1)
    rows = []
    for pair, (seconds, interval_of, basis) in found:
        interval = interval_of(confidence)
        rows.append(change(pair, measure, seconds, interval, basis, judged_ratio(interval, MARGINS[measure])))
    return rows


def _ratio(measure: Measure, pair: Pair, timed: _Timed, runs: Mapping[Key, pd.DataFrame]) -> _Ratio | None:
    for machine in dict.fromkeys(key[-1] for key in timed):
        sides = [timed.get((*cell, machine)) for cell in (pair.before, pair.after)]
        if sides[0] and sides[1]:
            return _of_timings(measure, sides[0], sides[1])
    before, after = (_seconds(measure, runs.get(cell)) for cell in (pair.before, pair.after))
    both = before.to_frame("before").join(after.rename("after"), how="inner")
    if both.empty:
        return None
    logarithms = np.log(both["after"] / both["before"])
    return (
        (_geometric_mean(both["before"]), _geometric_mean(both["after"])),
        lambda confidence: _exponential(mean_interval(logarithms, confidence)),
        "report runs, seed by seed",
    )


def _of_timings(measure: Measure, before: tuple[Timing, StepTimes], after: tuple[Timing, StepTimes]) -> _Ratio:
    first, second = (getattr(times, _OF_TIMING[measure]) for _, times in (before, after))
    seconds = (float(np.median(first)), float(np.median(second)))
    if before[0] is after[0]:
        return seconds, lambda confidence: Interval(len(first), *paired_ratio(second, first, confidence)), _ROUNDS
    if before[0].is_loaded or after[0].is_loaded:
        unknown = Interval(len(first), seconds[1] / seconds[0], math.nan, math.nan)
        return seconds, lambda confidence: unknown, "optbench time, on a machine that was too busy"
    name, own = before[0].reference, {times.spec.optimizer for _, times in (before, after)}
    references = [_reference(timing, measure) for timing, _ in (before, after)]
    if name == after[0].reference and name not in own and all(map(len, references)):
        first, second = (np.divide(*side) for side in zip((first, second), references, strict=True))
        basis = f"optbench time, relative to {name}"
    else:
        basis = "optbench time"
    return seconds, lambda confidence: ratio_of_medians(first, second, confidence), basis


def ratio_of_medians(before: Floats, after: Floats, confidence: float) -> Interval:
    """Return the ratio of two medians with an interval: from those of order statistics of both, by Bonferroni."""
    ends = [median_interval(side, (1 + confidence) / 2) for side in (before, after)]
    n = min(len(before), len(after))
    ratio = float(np.median(after) / np.median(before))
    return Interval(n, ratio, ends[1][0] / ends[0][1], ends[1][1] / ends[0][0])


def _reference(timing: Timing, measure: Measure) -> tuple[float, ...]:
    """Return what the reference took in each round; nothing where it has no times."""
    times = {found.spec.optimizer: getattr(found, _OF_TIMING[measure]) for found in timing.optimizers}
    return tuple(times.get(timing.reference, ()))


def _seconds(measure: Measure, runs: pd.DataFrame | None) -> pd.Series[float]:
    """Return the positive seconds of completed report runs by machine, seed and fold."""
    if runs is None:
        return pd.Series(dtype=float)
    done = runs[runs["is_report"] & runs["completed"] & runs["machine"].astype(bool)]
    keyed = done.assign(fold=done["fold"].fillna(-1)).set_index(["machine", "seed", "fold"])
    seconds = keyed[_OF_RUNS[measure]]
    return seconds[seconds > 0]


def _geometric_mean(values: pd.Series[float]) -> float:
    return math.exp(float(np.log(values.to_numpy()).mean()))


def _exponential(interval: Interval) -> Interval:
    return Interval(interval.n, *(math.exp(end) for end in (interval.center, interval.low, interval.high)))


def machines(cell: Key, runs: Mapping[Key, pd.DataFrame], results: Results) -> Iterator[str]:
    """Yield the machines on which a cell was run or timed."""
    if cell in runs:
        yield from (str(machine) for machine in runs[cell]["machine"].unique() if machine)
    for source in (source for source in results.sources if source.label == cell[0]):
        yield from (timing.machine for timing in source.timings if (timing.device, timing.task) == cell[1:3])
