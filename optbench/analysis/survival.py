"""Steps to an event that may not come: runs without it are censored at their budget."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optbench.analysis.intervals import share_interval


def restricted_mean(steps: Iterable[float], budget: float) -> float:
    """Mean of min(steps, budget): the area under the survival function, up to the budget. inf is never."""
    return float(np.minimum(_array(steps), budget).mean())


def par2(steps: Iterable[float], budget: float) -> float:
    """Penalised average: a run without the event counts twice the budget (PAR2, Hutter et al., ParamILS, 2009)."""
    return float(_penalised(steps, 2 * budget).mean())


def expected_running_time(steps: Iterable[float], budget: float) -> float:
    """Steps of all runs over the number of events: what restarting until the event takes on average, or inf.

    ERT (Hansen et al., Real-parameter black-box optimization benchmarking, 2009). A run without the event counts the
    whole budget, even if it was stopped earlier because it diverged.
    """
    hits = int(np.isfinite(_array(steps)).sum())
    return float(_penalised(steps, budget).sum()) / hits if hits else math.inf


class Reached(NamedTuple):
    """The share of runs that have had the event by a step, with its Wilson interval."""

    step: float
    share: float
    low: float
    high: float


def reached(steps: Iterable[float], budget: float) -> list[Reached]:
    """Kaplan and Meier's estimate at each step with an event; the first is for step 0 and the last for the budget.

    As runs are censored nowhere but at the budget, the share at each step is one of all runs.
    """
    times = _array(steps)
    events = np.sort(np.minimum(times[np.isfinite(times)], budget))
    at = np.union1d(events, [0.0, budget])
    shares = [share_interval(int(hits), len(times)) for hits in np.searchsorted(events, at, side="right")]
    return [Reached(float(step), share.center, share.low, share.high) for step, share in zip(at, shares, strict=True)]


def _penalised(steps: Iterable[float], penalty: float) -> NDArray[np.float64]:
    times = _array(steps)
    return np.where(np.isfinite(times), times, penalty)


def _array(steps: Iterable[float]) -> NDArray[np.float64]:
    return np.fromiter(steps, dtype=float)
