"""Simulated campaigns whose truth is known, and how often a rule says something false, or finds what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from optbench.analysis.confidence_set import p_values, task_level
from optbench.analysis.intervals import CONFIDENCE
from optbench.analysis.moderation import Floats

TASKS = 4
EFFECT = 2.0
"""By how many deviations of its seeds the best entry is better, where there is one."""


@dataclass(frozen=True)
class Truth:
    """How the results of a campaign scatter."""

    seeds: int
    entries: int
    correlation: float
    spread: float = 1.0
    """Ratio of the largest to the smallest standard deviation of an entry."""
    heavy: bool = False
    """Student's t with three degrees of freedom, instead of a normal distribution."""

    def deviations(self) -> Floats:
        """Standard deviations `[K]`, in equal ratios about 1."""
        return np.geomspace(self.spread**-0.5, self.spread**0.5, self.entries)


def simulated(truth: Truth, tasks: int, effect: float, rng: np.random.Generator) -> Floats:
    """Values `[tasks, K, N]`, lower is better, in which the first entry is better by `effect`, the others are equal."""

    def noise(*shape: int) -> Floats:
        return rng.standard_t(3, shape) / np.sqrt(3) if truth.heavy else rng.standard_normal(shape)

    common, own = noise(tasks, 1, truth.seeds), noise(tasks, truth.entries, truth.seeds)
    values = np.sqrt(truth.correlation) * common + np.sqrt(1 - truth.correlation) * own
    values *= rng.permuted(np.tile(truth.deviations(), (tasks, 1)), axis=1)[..., None]
    values[:, 0] -= effect
    return values


class FalseShares(NamedTuple):
    """Shares of campaigns of `TASKS` tasks that say something false."""

    worse: float
    """That any entry is clearly worse, where all are equal."""
    missed: float
    """That the best entry is not the best, where no other one is worse by more than a trifle."""


def false_shares(truth: Truth, campaigns: int, rng: np.random.Generator) -> FalseShares:
    """Simulate so many campaigns and count what they say."""
    found = p_values(simulated(truth, campaigns * TASKS, 0.0, rng))
    level = task_level(TASKS)
    worse, missed = (found.worse <= level).any(axis=-1), found.best[:, 0] <= level
    return FalseShares(*(float(said.reshape(-1, TASKS).any(axis=-1).mean()) for said in (worse, missed)))


def power(truth: Truth, tasks: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of the entries worse by `EFFECT` that each rule finds not to be the best."""
    values = simulated(truth, tasks, EFFECT, rng)
    shares = {
        "set": (found := p_values(values)).best <= task_level(TASKS),
        "worse": found.worse <= task_level(TASKS),
        "paired": holm_against_the_best(values, paired=True) <= 1 - CONFIDENCE,
        "welch": (welch := holm_against_the_best(values, paired=False)) <= 1 - CONFIDENCE,
        "welch, all tasks": welch <= task_level(TASKS),
    }
    return {name: float(worse[:, 1:].mean()) for name, worse in shares.items()}


def coverage_of_best(truth: Truth, tasks: int, rng: np.random.Generator) -> float:
    """Share of tasks with equal entries in which the interval of the one with the best mean holds the true mean, 0."""
    values = simulated(truth, tasks, 0.0, rng)
    best = values[np.arange(tasks), values.mean(axis=-1).argmin(axis=-1)]
    quantile = stats.t.ppf(1 - (1 - CONFIDENCE) / (2 * truth.entries), truth.seeds - 1)
    half = quantile * best.std(axis=-1, ddof=1) / np.sqrt(truth.seeds)
    return float((np.abs(best.mean(axis=-1)) <= half).mean())


def holm_against_the_best(values: Floats, paired: bool) -> Floats:
    """Adjusted p-values of t tests against the entry with the best mean, as many papers make them."""
    tasks, entries = values.shape[:2]
    best = values.mean(axis=-1).argmin(axis=-1)
    against = values[np.arange(tasks), best][:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        if paired:
            p = stats.ttest_rel(values, np.broadcast_to(against, values.shape), axis=-1).pvalue
        else:
            p = stats.ttest_ind(values, np.broadcast_to(against, values.shape), axis=-1, equal_var=False).pvalue
    p[np.arange(tasks), best] = 1
    order = np.argsort(p, axis=-1)
    factors = np.maximum(entries - 1 - np.arange(entries), 1)
    stepped = np.maximum.accumulate(np.minimum(np.take_along_axis(p, order, -1) * factors, 1), axis=-1)
    adjusted = np.empty_like(stepped)
    np.put_along_axis(adjusted, order, stepped, -1)
    return adjusted
