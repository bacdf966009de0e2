"""Ranks over several tasks: whether they differ by more than chance, and which do.

Demšar, Statistical comparisons of classifiers over multiple data sets, JMLR 2006, whose equations these are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, ndtri

from optbench.analysis.across.bootstrap import Numbers

LEAST_TASKS = 6
"""With fewer tasks no pair can be told apart: Wilcoxon's smallest p is 0.0625 with five."""
ALPHA = 0.05


@dataclass(frozen=True)
class Friedman:
    """Friedman's statistic of average ranks, and Iman and Davenport's, with its degrees of freedom and p."""

    chi2: float
    f: float
    freedom: tuple[int, int]
    p: float


def friedman(ranks: NDArray[np.float64]) -> Friedman:
    """Test whether all optimizers have the same average rank; `ranks` are `[tasks, optimizers]`, at least two of each.

    Not corrected for ties, as in the paper, and so cautious where there are many.
    """
    n, k = ranks.shape
    chi2 = 12 * n / (k * (k + 1)) * (float((ranks.mean(axis=0) ** 2).sum()) - k * (k + 1) ** 2 / 4)
    left = n * (k - 1) - chi2
    f = (n - 1) * chi2 / left if left > 1e-9 * n * k else math.inf
    freedom = (k - 1, (k - 1) * (n - 1))
    agreed = math.isinf(f)  # All tasks rank alike, which has this chance exactly where F would say 0.
    return Friedman(chi2, f, freedom, math.factorial(k) ** (1 - n) if agreed else float(fdtrc(*freedom, f)))


def nemenyi(tasks: int, optimizers: int, alpha: float = ALPHA) -> float:
    """Critical difference of average ranks where all pairs are compared; NaN with fewer than six tasks."""
    if tasks < LEAST_TASKS:
        return math.nan
    from scipy import stats  # it takes long to import

    return _critical(stats.studentized_range.ppf(1 - alpha, optimizers, np.inf) / math.sqrt(2), tasks, optimizers)


def bonferroni_dunn(tasks: int, optimizers: int, alpha: float = ALPHA) -> float:
    """Critical difference where all are compared with one of them; NaN with fewer than six tasks."""
    return _critical(ndtri(1 - alpha / (2 * (optimizers - 1))), tasks, optimizers)


def wilcoxon(differences: ArrayLike) -> float:
    """Two-sided p of Wilcoxon's signed ranks over tasks; NaN with fewer than six, 1 where nothing differs."""
    values = np.asarray(differences, dtype=float)
    if len(values) < LEAST_TASKS:
        return math.nan
    if not values.any():
        return 1.0
    from scipy import stats  # it takes long to import

    return float(stats.wilcoxon(values).pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """Adjust p values for their number, step by step (Holm, Scandinavian Journal of Statistics 1979)."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1.0)
    return [float(value) for value in stepped[np.argsort(order)]]


def average_ranks_of(*samples: Numbers, tasks: int, axis: int = -1) -> Numbers:
    """Average rank `[optimizers, ...]` of the mean costs; `samples` are the runs of every optimizer, task by task."""
    means = np.stack([sample.mean(axis=axis) for sample in samples])
    by_task = means.reshape(tasks, -1, *means.shape[1:])
    rows = np.moveaxis(by_task, 1, -1)
    ranks = pd.DataFrame(rows.reshape(-1, rows.shape[-1])).rank(axis=1).to_numpy().reshape(rows.shape)
    return np.moveaxis(ranks.mean(axis=0), -1, 0)


def _critical(quantile: float, tasks: int, optimizers: int) -> float:
    if tasks < LEAST_TASKS:
        return math.nan
    return float(quantile) * math.sqrt(optimizers * (optimizers + 1) / (6 * tasks))
