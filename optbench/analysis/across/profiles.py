"""Performance profiles of the times to a target, and the benchmark score, which is the area under them.

Dolan and Moré, Benchmarking optimization software with performance profiles, Mathematical Programming 2002; the score
is that of AlgoPerf (Dahl et al., Benchmarking neural network training algorithms, 2023). Times are `[tasks,
optimizers]`, inf where a task is not solved.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

R_MAX = 4.0
"""Ratio from which a task gives no score any more."""


def ratios(times: pd.DataFrame) -> pd.DataFrame:
    """Times in multiples of the best of each task; all inf on a task that nobody solves.

    Raises `ValueError` for a time that is missing or not positive: the first is to be left out by whoever asks, with
    the whole task; the second means that the target is met before training.
    """
    if times.isna().any(axis=None):
        raise ValueError("times are missing: use the tasks that all have in common")
    if not (times > 0).all(axis=None):
        raise ValueError("times must be positive: a target that is met before training tells nothing apart")
    best = times.min(axis=1)
    return times.div(best.where(np.isfinite(best), 1.0), axis=0)


def profile(ratios: pd.DataFrame) -> pd.DataFrame:
    """Share of all tasks that each optimizer solves within a ratio of the best: columns optimizer, `ratio`, `share`.

    The rows of an optimizer are the steps of its profile, from ratio 1 on; in between it is constant.
    """
    steps = []
    for optimizer, own in ratios.items():
        at = np.unique([1.0, *own[np.isfinite(own)]])
        share = [float((own <= ratio).mean()) for ratio in at]
        steps.append(pd.DataFrame({"optimizer": optimizer, "ratio": at, "share": share}))
    return pd.concat(steps, ignore_index=True)


def benchmark_score(ratios: pd.DataFrame, r_max: float = R_MAX) -> pd.Series[float]:
    """Area under each profile from 1 to `r_max`, over `r_max` - 1, exactly: the mean of max(0, r_max - r)/(r_max - 1).

    1 is an optimizer that is the fastest everywhere. Tasks that are not solved stay in the denominator. Ratios, and so
    scores, depend on which optimizers take part.
    """
    return ((r_max - ratios).clip(lower=0.0) / (r_max - 1)).mean()


def speed_ups(times: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Geometric mean of the reference's times over each optimizer's: columns `speed_up` and `speed_up_tasks`.

    Over the tasks that both solve, which are counted; NaN where there is none, or the reference is not there.
    """
    if reference not in times:
        return pd.DataFrame({"speed_up": math.nan, "speed_up_tasks": 0}, index=times.columns)
    finite = times.where(np.isfinite(times))
    quotients = finite.rdiv(finite[reference], axis=0)
    return pd.DataFrame({"speed_up": np.exp(np.log(quotients).mean()), "speed_up_tasks": quotients.count()})
