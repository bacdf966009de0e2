"""The entries of a task that may be the best, and those that are clearly worse.

Two statements about entries of which each is compared with all others:

- The set of those that may be the best holds the best one with the stated confidence: an entry leaves it if another one
  beats it significantly. Only one entry is the best, so that errors about the others do not add up. Sources: Gupta, On
  some multiple decision (selection and ranking) rules, Technometrics 1965; Hsu, Constrained simultaneous confidence
  intervals for multiple comparisons with the best, Annals of Statistics 1984.
- Those that are clearly worse are so all together, with the same confidence, also where many are alike. They leave
  one by one, the one that is most clearly beaten first, until no pair of those that remain differs significantly.
  Source: Hansen, Lunde and Nason, The model confidence set, Econometrica 2011, section 2.

Both are made for few seeds: differences are taken seed by seed, their variances are moderated (see `moderation`), and
each test is a Bonferroni bound over the pairs that it looks at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from optbench.analysis.intervals import CONFIDENCE, ROUNDING
from optbench.analysis.moderation import Floats, Moderated, moderated


class PValues(NamedTuple):
    """Levels for entries `[..., K]`, adjusted for the number of entries."""

    best: Floats
    """At which an entry leaves the set of those that may be the best."""
    worse: Floats
    """At which it is clearly worse."""


def p_values(values: Floats, overlap: float = 0.0) -> PValues:
    """Return the levels for `[..., K, N]` values, lower is better: K entries, each with the same N seeds.

    All are 1 for one entry or one seed, and always for the entry with the best mean. `overlap` is that of folds, see
    `mean_interval`. Leading axes are independent tasks.
    """
    values = np.asarray(values, dtype=float)
    k, n = values.shape[-2:]
    if k < 2 or n < 2:
        return PValues(*np.ones((2, *values.shape[:-1])))
    means = values.mean(axis=-1)
    variances, freedom = paired_variances(values)
    t = (means[..., :, None] - means[..., None, :]) / np.sqrt(variances * (1 / n + overlap))
    beaten = np.asarray(stdtr(freedom, -t)).min(axis=-1)
    best = np.where(means == means.min(axis=-1, keepdims=True), 1, np.minimum(beaten * (k - 1), 1))
    return PValues(best, np.maximum(best, _eliminated(beaten)))


def _eliminated(beaten: Floats) -> Floats:
    """Return the levels of the step-wise elimination, from those at which each entry is beaten by another one."""
    k = beaten.shape[-1]
    order = np.argsort(beaten, axis=-1, kind="stable")
    left = np.arange(k, 0, -1)
    levels = np.minimum(np.take_along_axis(beaten, order, -1) * left * (left - 1), 1)
    levels[..., -1] = 1
    p: Floats = np.empty_like(levels)
    np.put_along_axis(p, order, np.maximum.accumulate(levels, axis=-1), -1)
    return p


def paired_variances(values: Floats) -> Moderated:
    """Return the moderated variances `[..., K, K]` of differences between entries, seed by seed, and their freedom."""
    k, n = values.shape[-2:]
    first, second = np.triu_indices(k, 1)
    differences = values[..., first, :] - values[..., second, :]
    # how float32 rounds is no randomness of seeds, and equal entries are no proof that others vary little
    rounding = (ROUNDING * np.abs(values).max(axis=(-1, -2), keepdims=True)[..., 0]) ** 2
    pairs = Moderated(differences.var(axis=-1, ddof=1) + rounding, np.full((*values.shape[:-2], 1), n - 1.0))
    if k > 2:
        sharing = 2 * (k - 2) / (len(first) - 1)  # the share of pairs that have an entry in common
        pairs = moderated(pairs.variances, n - 1, sources=k, most=(k - 1) * (n - 1), shared=sharing / 4)
    square = np.ones((*values.shape[:-2], k, k))
    square[..., first, second] = square[..., second, first] = pairs.variances
    return Moderated(square, pairs.freedom[..., None])


def task_level(tasks: int) -> float:
    """Return the significance level of one task, so that so many tasks together are stated with 95 % confidence."""
    return 1 - float(CONFIDENCE ** (1 / max(tasks, 1)))
