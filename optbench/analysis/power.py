"""What so many seeds can tell: the difference that verdicts find, by simulating them with noise like a campaign's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.confidence_set import p_values, paired_variances
from optbench.analysis.contenders import values_of
from optbench.analysis.moderation import Floats

POWER = 0.8
"""Share of the worse entries that is to be found, by convention (Cohen, Statistical power analysis, 1988)."""
SEEDS = (10, 20)
MOST_SEEDS = 100
DRAWS = 300
"""Simulated tasks behind each number."""

COLUMNS = {
    **dict.fromkeys([*CONDITION, "task"], "the task within a condition"),
    "entries": "entries that contend: all of their report runs completed",
    "seeds": "report runs of each",
    "resolved": "difference of means that is found with a power of 80 %",
    **{f"resolved_{n}": f"the same with {n} seeds" for n in SEEDS},
    "difference": "the difference to find: the one asked for, or that of the best mean and the next one",
    "seeds_needed": f"report runs of each that find it with that power; inf where {MOST_SEEDS} do not",
}


def power_table(analysis: Analysis, difference: float | None = None) -> pd.DataFrame:
    """`COLUMNS` for every task on which at least two entries contend, each with two report runs or more."""
    contending = analysis.quality[analysis.quality["contends"]]
    runs = analysis.runs[analysis.runs["is_report"] & analysis.runs["completed"]].merge(
        contending[[*CELL, "level"]], on=CELL
    )
    rows = []
    for key, group in runs.groupby([*CONDITION, "task"], sort=False):
        values = values_of(group).to_numpy()
        k, n = values.shape
        if k < 2 or n < 2:
            continue
        level = float(group["level"].iloc[0])
        noise = deviations(values)
        means = np.sort(values.mean(axis=-1))
        if analysis.results.tasks[str(key[2])].higher_is_better:
            means = -means[::-1]
        wanted = float(means[1] - means[0]) if difference is None else difference
        resolved = [resolved_difference(noise, seeds, level) for seeds in (n, *SEEDS)]
        rows.append((*key, k, n, *resolved, wanted, seeds_needed(wanted, noise, level)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def deviations(values: Floats) -> Floats:
    """Split the variances of differences `[K, K]` into a part of each entry; returns its root `[K]`.

    What seeds have in common cancels in differences and is in none of the parts. They are the least-squares solution of
    V_ij = v_i + v_j (Grubbs, On estimating precision of measuring instruments and product variability, Journal of the
    American Statistical Association 1948).
    """
    pairs = paired_variances(values).variances.copy()
    k = len(pairs)
    np.fill_diagonal(pairs, 0)
    if k == 2:
        parts = np.full(2, pairs[0, 1] / 2)
    else:
        sums = pairs.sum(axis=0)
        parts = (sums - sums.sum() / (2 * (k - 1))) / (k - 2)
    split: Floats = np.sqrt(np.maximum(parts, 0))
    return split


def power(difference: float, deviations: Floats, seeds: int, level: float) -> float:
    """Share of the entries worse by `difference` than the best that a verdict finds not to be it, at a task's level."""
    rng = np.random.default_rng(seeds)
    k = len(deviations)
    values = rng.standard_normal((DRAWS, k, seeds)) * deviations[:, None]
    best = np.arange(DRAWS) % k
    values[np.arange(DRAWS), best] -= difference
    worse = p_values(values).best <= level
    worse[np.arange(DRAWS), best] = False
    return float(worse.sum() / (DRAWS * (k - 1)))


def resolved_difference(deviations: Floats, seeds: int, level: float) -> float:
    """Return the difference that is found with `POWER`, to a hundredth of itself; 0 where nothing scatters."""
    high = scale = float(deviations.max())
    if scale == 0:
        return 0.0
    while power(high, deviations, seeds, level) < POWER:
        high *= 2
    low = 0.0
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, deviations, seeds, level) >= POWER else (middle, high)
    return high


def seeds_needed(difference: float, deviations: Floats, level: float) -> float:
    """Return the fewest seeds, from 2 on, that find a difference with `POWER`; inf where `MOST_SEEDS` do not."""
    low, high = 2, MOST_SEEDS
    if difference <= 0 or power(difference, deviations, high, level) < POWER:
        return math.inf
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(difference, deviations, middle, level) >= POWER else (middle + 1, high)
    return float(low)
