"""What steps took in `optbench time`: medians with quartiles, and ratios to a reference from paired rounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optbench.analysis.condition import CELL
from optbench.analysis.intervals import CONFIDENCE
from optbench.runs.timing import StepTimes, Timing, steps_id
from optbench.store.results import Results, Source

NOISY = 0.1
"""Quartiles that are further apart than this share of the median make a measurement noisy."""

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "machine": "fingerprint of the machine on which it was timed",
    "rounds": "how many times it was measured",
    "block": "steps in a row that a measurement is the mean over",
    "step_seconds": "median over rounds of the seconds of a whole step",
    "step_low": "lower quartile",
    "step_high": "upper quartile",
    "update_seconds": "median over rounds of the seconds of `optimizer.step` alone, without the closure",
    "update_low": "lower quartile",
    "update_high": "upper quartile",
    "ratio": "median over rounds of step seconds / the reference's in the same round",
    "ratio_low": "lower end of its 95 % interval",
    "ratio_high": "upper end of it",
    "update_ratio": "the same of `optimizer.step` alone",
    "reference": "the optimizer that ratios are relative to",
    "noisy": "whether the quartiles are more than a tenth of the median apart, or the machine had too much to do",
}

_NUMBERS = COLUMNS.keys() - {*CELL, "machine", "reference", "noisy"}


class Spread(NamedTuple):
    """Median and quartiles."""

    low: float
    median: float
    high: float

    @property
    def is_wide(self) -> bool:
        """Whether the quartiles are too far apart to say much."""
        return self.high - self.low > NOISY * self.median


def timings(results: Results) -> pd.DataFrame:
    """`COLUMNS` for each cell and machine that was timed as the suite has it now; what was measured last."""
    rows = [row for source in results.sources for row in _of_source(source)]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(_NUMBERS, float))
    return table.drop_duplicates([*CELL, "machine"], keep="last", ignore_index=True)


def timing_rows(timing: Timing) -> Iterator[dict[str, Any]]:
    """`COLUMNS` but for the source, for each optimizer that has times."""
    times = {found.spec.optimizer: found for found in timing.optimizers if found.step_seconds}
    reference = times.get(timing.reference)
    for name, found in times.items():
        step, update = spread(found.step_seconds), spread(found.update_seconds)
        ratio, low, high = paired_ratio(found.step_seconds, reference.step_seconds if reference else ())
        update_ratio, _, _ = paired_ratio(found.update_seconds, reference.update_seconds if reference else ())
        yield {
            "device": timing.device,
            "task": timing.task,
            "optimizer": name,
            "machine": timing.machine,
            "rounds": len(found.step_seconds),
            "block": found.block,
            "step_seconds": step.median,
            "step_low": step.low,
            "step_high": step.high,
            "update_seconds": update.median,
            "update_low": update.low,
            "update_high": update.high,
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "update_ratio": update_ratio,
            "reference": timing.reference if reference else "",
            "noisy": step.is_wide or timing.is_loaded,
        }


def spread(values: tuple[float, ...]) -> Spread:
    """Return the median with the quartiles."""
    return Spread(*map(float, np.percentile(values, [25, 50, 75])))


def paired_ratio(
    seconds: tuple[float, ...], reference: tuple[float, ...], confidence: float = CONFIDENCE
) -> tuple[float, float, float]:
    """Return the median of the ratios of each round, with its interval; NaN without a reference.

    A round's two measurements have met the same moment of the machine, and a stall moves one ratio only. The interval
    is that of order statistics, which needs no distribution (Conover, Practical nonparametric statistics, 1999, 3.2);
    its ends are NaN where there are too few rounds for them.
    """
    if len(reference) != len(seconds):
        return math.nan, math.nan, math.nan
    ratios = np.divide(seconds, reference)
    if len(ratios) < 2:
        return float(np.median(ratios)), math.nan, math.nan
    return float(np.median(ratios)), *median_interval(ratios, confidence)


def median_interval(values: NDArray[np.floating[Any]], confidence: float) -> tuple[float, float]:
    """Return the interval of the median by order statistics; its ends are NaN where there are too few values."""
    from scipy import stats  # it takes long to import

    interval: Any = stats.quantile_test(values, q=np.median(values), p=0.5).confidence_interval(confidence)
    return float(interval.low), float(interval.high)


def current_times(source: Source) -> Iterator[tuple[Timing, StepTimes]]:
    """Yield what was timed of the cells of a suite as they are defined now, the oldest first."""
    if not source.timings:
        return
    now = {
        (cell.task.name, cell.entry.name, cell.device): steps_id(source.suite.protocol.first_run(cell))
        for cell in source.suite.cells()
    }
    for timing in source.timings:
        yield from ((timing, found) for found in timing.optimizers if found.step_seconds and _is(found, now))


def _of_source(source: Source) -> Iterator[Mapping[str, Any]]:
    current = {(id(timing), found.spec.optimizer) for timing, found in current_times(source)}
    for timing in source.timings:
        for row in timing_rows(timing):
            if (id(timing), row["optimizer"]) in current:
                yield {"source": source.label, **row}


def _is(found: StepTimes, now: Mapping[tuple[str, str, str], str]) -> bool:
    """Whether what was timed is a cell of the suite, by its name and by what it stands for."""
    spec = found.spec
    return now.get((spec.task.name, spec.optimizer, spec.device)) == steps_id(spec)
