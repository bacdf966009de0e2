"""`Change`: one measure of one cell before and after, and what may be said of it."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from optbench.analysis.comparison.pairs import Pair
from optbench.analysis.intervals import Interval


class Verdict(StrEnum):
    """What a change is; the first is what a gate is for."""

    WORSE = "worse"
    BETTER = "better"
    UNDECIDED = "undecided"
    SAME = "same"


class Measure(StrEnum):
    """What is compared."""

    RUNS = "failed runs"
    QUALITY = "quality"
    OLD_SETTING = "at the old setting"
    STEP = "step time"
    UPDATE = "update time"
    STATE = "state memory"
    PEAK = "peak memory"


class Judged(NamedTuple):
    """A verdict; where it is `same`, the bound within which the two agree, 0 where they are equal."""

    verdict: Verdict
    bound: float = math.nan


class Change(NamedTuple):
    """One row of the table of changes; its fields are described in `COLUMNS`."""

    task: str
    optimizer: str
    before_label: str
    after_label: str
    measure: str
    before: float
    after: float
    change: float
    low: float
    high: float
    n: int
    basis: str
    verdict: str
    bound: float


COLUMNS = {
    "task": "the task",
    "optimizer": "the entry; before → after where their names differ",
    "before_label": "label of the condition, or name of the entry, before",
    "after_label": "the same after",
    "measure": "a `Measure`",
    "before": "its value before: quality as recorded, seconds, bytes, or a number of runs",
    "after": "its value after",
    "change": "after - before of qualities and runs, after / before of times and memory",
    "low": "lower end of its interval, simultaneous over all rows of the measure with 95 % confidence",
    "high": "upper end of it",
    "n": "runs, or rounds, of each side that it rests on",
    "basis": "how they were compared, or why they cannot be",
    "verdict": "worse, better, undecided or same",
    "bound": "of `same`: the difference, or the ratio, that the interval excludes; 0 where both are equal",
}


def change(
    pair: Pair, measure: Measure, values: tuple[float, float], interval: Interval, basis: str, judged: Judged
) -> Change:
    """Make a row; `interval` is that of the change."""
    names = (pair.task.name, pair.optimizer, *pair.labels)
    return Change(*names, measure, *values, interval.center, interval.low, interval.high, interval.n, basis, *judged)


def exact(change: float, n: int) -> Interval:
    """Return a change without an interval, of what does not scatter."""
    return Interval(n, change, math.nan, math.nan)


def judged(interval: Interval, margin: float, rounding: float) -> Judged:
    """Judge a difference whose positive values are worse.

    It is `worse` or `better` where the interval excludes zero by more than `rounding`, the `same` where it lies within
    `margin` on either side.
    """
    bound = max(abs(interval.low), abs(interval.high))
    if interval.low > rounding:
        return Judged(Verdict.WORSE)
    if interval.high < -rounding:
        return Judged(Verdict.BETTER)
    return Judged(Verdict.SAME, bound) if bound <= margin else Judged(Verdict.UNDECIDED)


def judged_ratio(interval: Interval, margin: float) -> Judged:
    """Judge a ratio after / before of a cost: `worse` where the whole interval lies above the factor `margin`."""
    if interval.low > margin:
        return Judged(Verdict.WORSE)
    if interval.high < 1 / margin:
        return Judged(Verdict.BETTER)
    bound = max(interval.high, 1 / interval.low) if interval.low > 0 else math.inf
    return Judged(Verdict.SAME, bound) if bound <= margin else Judged(Verdict.UNDECIDED)
