"""The entries of a task that may be the best: a model confidence set.

Entries leave one by one, the one that is most clearly beaten first, until no pair of those that remain differs
significantly. So the set holds every entry that is as good as the best with the stated confidence, whichever entry
turned out to be best, and its size says how much the seeds can tell. Source: Hansen, Lunde and Nason, The model
confidence set, Econometrica 2011, section 2, with the largest t statistic as test and as elimination rule; here for
small samples: seeds are common to all entries, so differences are taken seed by seed, their variances are moderated
(see `moderation`), and each test is a Bonferroni bound over the pairs that remain.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from optbench.analysis.intervals import CONFIDENCE, ROUNDING
from optbench.analysis.moderation import Floats, Moderated, moderated


def elimination_p_values(values: Floats, overlap: float = 0.0) -> Floats:
    """Return for entries `[..., K]` the level at which each leaves the set, from `[..., K, N]` values, lower is better.

    K entries, each with the same N seeds, N at least 2. An entry with p <= 1 - confidence is worse than the best with
    that confidence; the last one has p = 1. `overlap` is that of folds, see `mean_interval`. Leading axes are
    independent tasks.
    """
    values = np.asarray(values, dtype=float)
    k, n = values.shape[-2:]
    if k < 2 or n < 2:
        return np.ones(values.shape[:-1])
    means = values.mean(axis=-1)
    variances, freedom = paired_variances(values)
    t = (means[..., :, None] - means[..., None, :]) / np.sqrt(variances * (1 / n + overlap))
    beaten = np.asarray(stats.t.sf(t, freedom)).min(axis=-1)
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
