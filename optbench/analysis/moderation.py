"""Moderated variances: variances from few values, drawn towards their common mean as far as they seem to be alike.

With five seeds a variance of its own has four degrees of freedom, and no test that uses it has power. Where the
variances of all entries look alike they are pooled; where they clearly differ each stays what it is. How far they are
alike is estimated from their spread, as in Smyth, Linear models and empirical Bayes methods for assessing differential
expression, Statistical Applications in Genetics and Molecular Biology 2004, section 6.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

Floats = NDArray[np.floating]

CAUTION = 0.5
"""Standard errors by which the spread of variances is taken to be larger than it looks: pooling is the riskier side."""
_ALIKE = 1e-6
"""Squared log ratio below which variances are equal."""


class Moderated(NamedTuple):
    """Variances, and how many degrees of freedom each of them has now."""

    variances: Floats
    freedom: Floats


def moderated(variances: Floats, freedom: int, sources: int, most: int, shared: float = 0.0) -> Moderated:
    """Moderate variances `[..., V]` of `freedom` degrees each; returns `[..., V]` and the degrees `[..., 1]`.

    `sources` are the series of values that they come from, `most` the degrees of freedom of all of these together,
    `shared` the mean correlation of the variances by construction: pairs share an entry with others.
    """
    alone = polygamma(1, freedom / 2)  # the variance of the logarithm of one variance, were they all alike
    seen = np.log(variances).var(axis=-1, ddof=1, keepdims=True) / (1 - shared)
    spread = seen - alone + CAUTION * alone * np.sqrt(2 / max(sources - 2, 1))
    prior = _degrees(np.maximum(spread, _ALIKE))
    mean = variances.mean(axis=-1, keepdims=True)
    drawn = (prior * mean + freedom * variances) / (prior + freedom)
    return Moderated(drawn, np.minimum(prior + freedom, most))


def _degrees(spread: Floats) -> Floats:
    """Return d with trigamma(d / 2) = spread, by trigamma(x) = 1 / x + 1 / (2 x^2) + …; relative error below 10 %."""
    degrees: Floats = (1 + np.sqrt(1 + 2 * spread)) / spread
    return degrees
