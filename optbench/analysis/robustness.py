"""How much depends on the learning rate: sensitivity, width, distance to divergence, and what tuning gained."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from optbench.analysis.condition import CELL
from optbench.analysis.curves import SUBOPTIMALITY
from optbench.analysis.intervals import share_interval
from optbench.components.task import Task
from optbench.store.results import Results

HALF_WINDOW = 1.5
"""Decades on each side of the best learning rate over which the sensitivity is averaged."""
LOSS_MARGIN, SHARE_MARGIN = 0.05, 0.01
"""How much worse than the best a learning rate may be to count for the width: 5 % of a loss, 1 point of a share."""

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "quantity": "that of `sensitivity`, which all but `diverged` are in; lower is better",
    "sensitivity": "see `lr_sensitivity`, over three decades around the best rate as far as they were tried",
    "sensitivity_decades": "how many decades that is",
    "width": "decades of the learning rate around the best one that are nearly as good, see `width`",
    "open": "whether the width ends where the rates that were tried end, so that it is at least that",
    "divergence_margin": "log10 of the smallest rate above the best at which a run diverged / the best; inf if none",
    "tuning_gain": "see `tuning_gain`; inf where a run at `lr_ref` did not complete, NaN where it was not tried",
    "n": "report runs",
    "diverged": "how many of them diverged",
    "diverged_low": "lower end of the Wilson interval of that share",
    "diverged_high": "upper end of it",
}

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """An interval of learning rates, and whether it ends where the rates that were tried end."""

    low: float
    high: float
    open: bool

    @property
    def decades(self) -> float:
        """Its length."""
        return math.log10(self.high / self.low)


def lr_sensitivity(lr: ArrayLike, value: ArrayLike, initial: float, low: float, high: float) -> float:
    """Mean over log-uniform rates in [low, high] of min(value, initial) - the least value.

    By the trapezoidal rule, linear in log10 of the rate between those that were tried, which are ascending. inf is a
    run that did not complete. NaN where less than two rates lie in the window. After Wortsman et al., Small-scale
    proxies for large-scale Transformer training instabilities, 2023, with a window relative to the best rate.
    """
    at, values = np.log10(np.asarray(lr, dtype=float)), np.minimum(np.asarray(value, dtype=float), initial)
    start, end = max(math.log10(low), at[0]), min(math.log10(high), at[-1])
    if not end > start:
        return math.nan
    inside = np.concatenate([[start], at[(at > start) & (at < end)], [end]])
    return float(np.trapezoid(np.interp(inside, at, values) - values.min(), inside) / (end - start))


def width(lr: ArrayLike, value: ArrayLike, threshold: float) -> Window:
    """Return the contiguous interval of rates around the best one at which the value is at most the threshold.

    Its ends are interpolated, linear in log10 of the rate; beside a run that did not complete (inf) it ends at the last
    rate that did. The rates are ascending.
    """
    at, values = np.log10(np.asarray(lr, dtype=float)), np.asarray(value, dtype=float)
    best = int(np.argmin(values))
    left = _end(at[best::-1], values[best::-1], threshold)
    right = _end(at[best:], values[best:], threshold)
    return Window(10 ** left[0], 10 ** right[0], left[1] or right[1])


def divergence_margin(lr: ArrayLike, diverged: ArrayLike, best: float) -> float:
    """log10 of the smallest rate above the best at which a run diverged, over the best; inf where there is none."""
    rates = np.asarray(lr, dtype=float)
    above = rates[(rates > best) & (np.asarray(diverged) > 0)]
    return math.log10(above.min() / best) if len(above) else math.inf


def robustness(results: Results, sensitivity: pd.DataFrame, runs: pd.DataFrame, tuning: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every cell with a completed tuning run, of cells in which nothing but the learning rate is tuned.

    `sensitivity` and `tuning` are those of the module `sensitivity`.
    """
    defaults: dict[Hashable, float] = {
        (source.label, cell.device, cell.task.name, cell.entry.name): cell.entry.lr_ref
        for source in results.sources
        for cell in source.suite.cells()
    }
    report = dict(iter(runs[runs["is_report"]].groupby(CELL, sort=False)))
    trials = dict(iter(tuning.groupby(CELL, sort=False)))
    rows = []
    for key, rates in sensitivity.groupby(CELL, sort=False):
        if np.isfinite(rates["median"]).any():
            of_rates = _of_rates(rates, results.tasks[str(key[2])])
            ended = _diverged(report.get(key, runs.iloc[:0]))
            gain = tuning_gain(trials[key], defaults[key])
            rows.append((*key, rates["quantity"].iloc[0], *of_rates, gain, *ended))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tuning_gain(trials: pd.DataFrame, default: float) -> float:
    """Mean over the tuning seeds that both have of the value at the default rate - that at the chosen one.

    `trials` are the tuning runs of one cell. The chosen rate is the best of many, so that the gain is a little too
    large.
    """
    trials = trials[trials["chosen"] | np.isclose(trials["lr"], default, rtol=1e-3, atol=0.0)]
    by_seed = trials.groupby(["seed", "lr"])["value"].median().unstack()
    chosen = trials.loc[trials["chosen"], "lr"]
    rates = by_seed.columns.to_numpy(float)
    at_default = rates[np.isclose(rates, default, rtol=1e-3, atol=0.0)]  # they have four digits
    if not len(at_default) or chosen.empty:
        return math.nan
    both = by_seed[[at_default[0], chosen.iloc[0]]].set_axis(["default", "chosen"], axis=1).dropna()
    both = both[np.isfinite(both["chosen"])]
    return float((both["default"] - both["chosen"]).mean())


def _of_rates(rates: pd.DataFrame, task: Task) -> Iterator[float]:
    lr, values = rates["lr"].to_numpy(float), rates["median"].to_numpy(float)
    best, least = float(lr[values.argmin()]), float(values.min())
    low, high = best / 10**HALF_WINDOW, best * 10**HALF_WINDOW
    yield lr_sensitivity(lr, values, float(rates["initial"].iloc[0]), low, high)
    yield max(0.0, math.log10(min(high, lr[-1]) / max(low, lr[0])))
    share = task.measure.share and rates["quantity"].iloc[0] != SUBOPTIMALITY
    window = width(lr, values, least + (SHARE_MARGIN if share else LOSS_MARGIN * abs(least)))
    yield window.decades
    yield window.open
    yield divergence_margin(lr, rates["diverged"], best)


def _diverged(report: pd.DataFrame) -> tuple[float, float, float, float]:
    n, diverged = len(report), int(report["status"].eq("diverged").sum())
    rate = share_interval(diverged, n)
    return n, diverged, rate.low, rate.high


def _end(at: Numbers, values: Numbers, threshold: float) -> tuple[float, bool]:
    """Walk away from the best rate; return where the value passes the threshold, and whether it never does."""
    for i in range(1, len(at)):
        if not values[i] <= threshold:
            share = (threshold - values[i - 1]) / (values[i] - values[i - 1]) if np.isfinite(values[i]) else 0.0
            return float(at[i - 1] + share * (at[i] - at[i - 1])), False
    return float(at[-1]), True
