"""Intervals of differences of means, that hold for all of them together.

Runs with the same seed started from the same weights and saw the same batches, so they are subtracted seed by seed;
where no seed is common, the interval is Welch's. Variances of the differences of one task are moderated (see
`moderation`), which is what gives five seeds their power. All intervals hold together with the stated confidence,
by Bonferroni's inequality over those that are not between equal values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from optbench.analysis.intervals import CONFIDENCE, ROUNDING, Interval
from optbench.analysis.moderation import Floats, moderated


@dataclass(frozen=True)
class Samples:
    """Values before and after, seed by seed where `paired`; those of one `group` may be alike in how they scatter.

    `overlap` is that of folds, see `intervals.mean_interval`.
    """

    group: str
    before: Floats
    after: Floats
    paired: bool
    overlap: float = 0.0

    @property
    def n(self) -> int:
        """Values of the smaller side."""
        return min(len(self.before), len(self.after))

    @property
    def means(self) -> tuple[float, float]:
        """Mean before and after; NaN without values."""
        before, after = (float(side.mean()) if len(side) else math.nan for side in (self.before, self.after))
        return before, after

    @property
    def difference(self) -> float:
        """Mean after - mean before."""
        return self.means[1] - self.means[0]

    @property
    def equal(self) -> bool:
        """Whether the values are the same for every seed, bit by bit."""
        return self.paired and self.n > 0 and bool((self.before == self.after).all())

    @property
    def rounding(self) -> float:
        """Difference below which values differ by how float32 rounds."""
        return ROUNDING * float(np.abs(np.concatenate([self.before, self.after])).max(initial=0))


def difference_intervals(samples: Sequence[Samples], confidence: float = CONFIDENCE) -> list[Interval]:
    """Return the interval of each difference after - before; its ends are NaN for fewer than two values of a side."""
    unequal = [sample for sample in samples if sample.n > 1 and not sample.equal]
    level = (1 - confidence) / max(len(unequal), 1)
    errors = _errors(unequal)
    return [_interval(sample, errors, level) for sample in samples]


_Errors = dict[int, tuple[float, float]]
"""Standard error of a difference and its degrees of freedom, by the identity of the samples."""


def _interval(sample: Samples, errors: _Errors, level: float) -> Interval:
    if sample.equal:
        return Interval(sample.n, 0.0, 0.0, 0.0)
    if id(sample) not in errors:
        return Interval(sample.n, sample.difference, math.nan, math.nan)
    error, freedom = errors[id(sample)]
    half = float(stdtrit(freedom, 1 - level / 2)) * error
    return Interval(sample.n, sample.difference, sample.difference - half, sample.difference + half)


def _errors(samples: Sequence[Samples]) -> _Errors:
    errors = {id(sample): _welch(sample) for sample in samples if not sample.paired}
    paired = [sample for sample in samples if sample.paired]
    for group in dict.fromkeys((sample.group, sample.n) for sample in paired):
        alike = [sample for sample in paired if (sample.group, sample.n) == group]
        errors |= zip(map(id, alike), _moderated(alike), strict=True)
    return errors


def _moderated(samples: Sequence[Samples]) -> list[tuple[float, float]]:
    """Return the errors of paired samples of the same size, with the variances drawn towards each other."""
    n, k = samples[0].n, len(samples)
    variances = np.array([(s.after - s.before).var(ddof=1) + s.rounding**2 for s in samples])
    freedom = np.array([n - 1.0])
    if k > 2:
        variances, freedom = moderated(variances, n - 1, sources=k, most=k * (n - 1))
    return [
        (math.sqrt(variance * (1 / n + sample.overlap)), float(freedom[0]))
        for variance, sample in zip(variances, samples, strict=True)
    ]


def _welch(sample: Samples) -> tuple[float, float]:
    parts = [
        (side.var(ddof=1) + sample.rounding**2) * (1 / len(side) + sample.overlap)
        for side in (sample.before, sample.after)
    ]
    if not sum(parts):
        return 0.0, 1.0  # zeros on both sides
    freedom = sum(parts) ** 2 / sum(
        part**2 / (len(side) - 1) for part, side in zip(parts, (sample.before, sample.after), strict=True)
    )
    return math.sqrt(sum(parts)), float(freedom)
