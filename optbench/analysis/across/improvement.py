"""Probability of improvement: how often a run of one optimizer beats a run of another one.

Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice, NeurIPS 2021.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from optbench.analysis.across.bootstrap import Numbers


def probability_of_improvement(*samples: Numbers, axis: int = -1) -> Numbers:
    """Mean over tasks of the share of pairs of runs in which the first one costs less; ties count half.

    `samples` are the costs `[..., runs]` of one optimizer on each task, then those of the other one. In each task it is
    Mann and Whitney's U over the number of pairs.
    """
    if axis != -1:
        raise ValueError("runs lie along the last axis")
    n = len(samples) // 2
    shares = [_share(x, y) for x, y in zip(samples[:n], samples[n:], strict=True)]
    return np.asarray(np.mean(shares, axis=0))


def _share(x: Numbers, y: Numbers) -> Numbers:
    """Share of pairs, one pair at a time: there are few of them, and many resamples."""
    firsts, seconds = (np.ascontiguousarray(np.moveaxis(runs, -1, 0)) for runs in (x, y))
    halves = np.zeros(np.broadcast_shapes(x.shape[:-1], y.shape[:-1]), dtype=np.int32)
    for first, second in product(firsts, seconds):
        halves += first < second
        halves += first <= second
    return np.asarray(halves / (2 * len(firsts) * len(seconds)))
