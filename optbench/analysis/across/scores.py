"""Scores that tasks have in common, and their interquartile mean.

Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice, NeurIPS 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optbench.analysis.across.bootstrap import Numbers

if TYPE_CHECKING:
    Series = pd.Series[float]

WORST = -1.0
"""Scores are not lower than this: how far a run got worse than before training is no measure of anything."""


def normalised(cost: Series, before: Series, reference: Series) -> Series:
    """(before - cost) / (before - reference), and -1 at least: 0 is a run that did not train, 1 one at the reference.

    Lower costs are better, and the reference is better than `before`.
    """
    return ((before - cost) / (before - reference)).clip(lower=WORST)


def interquartile_mean(*samples: Numbers, axis: int = -1) -> Numbers:
    """Mean of the middle half of all values of the samples together: a quarter, rounded down, is cut on each side."""
    values = np.moveaxis(np.concatenate(samples, axis=axis), axis, -1)
    n = values.shape[-1]
    middle = np.partition(values, (n // 4, n - n // 4 - 1), axis=-1)[..., n // 4 : n - n // 4]
    return np.asarray(middle.mean(axis=-1))
