from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optbench.analysis.across.bootstrap import bootstrap_interval
from optbench.analysis.across.improvement import probability_of_improvement
from optbench.analysis.across.scores import interquartile_mean, normalised

runs = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=6).map(np.array)


def test_zero_is_before_training_and_one_the_reference() -> None:
    cost = pd.Series([2.3, 0.3, 1.3, 0.1, 99.0, np.inf])
    scores = normalised(cost, pd.Series(2.3, index=cost.index), pd.Series(0.3, index=cost.index))
    assert scores.tolist() == pytest.approx([0, 1, 0.5, 1.1, -1, -1])


def test_interquartile_mean_is_that_of_all_runs_together() -> None:
    assert interquartile_mean(np.array([1.0, 8.0, 3.0, 6.0]), np.array([5.0, 4.0, 7.0, 2.0])) == 4.5
    ten = np.arange(1.0, 11.0)
    assert interquartile_mean(ten) == ten[2:-2].mean(), "two of ten are cut on each side"


@given(st.lists(st.tuples(runs, runs), min_size=1, max_size=4))
def test_probability_of_improvement_is_mann_whitneys_u_per_pair(tasks: list[tuple[np.ndarray, np.ndarray]]) -> None:
    u = [stats.mannwhitneyu(y, x, method="asymptotic").statistic / (len(x) * len(y)) for x, y in tasks]
    own, others = [x for x, _ in tasks], [y for _, y in tasks]
    assert probability_of_improvement(*own, *others) == pytest.approx(np.mean(u))
    assert probability_of_improvement(*others, *own) == pytest.approx(1 - np.mean(u))


def test_the_bootstrap_resamples_each_task_by_itself() -> None:
    """Two tasks far apart: their mean is as uncertain as the runs are, not as the tasks are different."""
    rng = np.random.default_rng(0)
    near, far = rng.normal(0, 0.1, 8), rng.normal(10, 0.1, 8)

    def mean(*samples: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.concatenate(samples, axis=axis).mean(axis=axis)

    low, high = bootstrap_interval([near, far], mean)
    error = np.sqrt((near.var() + far.var()) / (4 * 8))
    assert (low, high) == (
        pytest.approx(mean(near, far) - 1.96 * error, abs=error / 10),
        pytest.approx(mean(near, far) + 1.96 * error, abs=error / 10),
    )
    assert bootstrap_interval([near, far], mean) == (low, high), "the same every time"


def test_the_bootstrap_is_scipys_and_of_each_row_as_if_it_were_alone() -> None:
    rng = np.random.default_rng(3)
    samples = [rng.normal(size=(3, 6)), rng.normal(size=(3, 5))]
    low, high = bootstrap_interval(samples, interquartile_mean)
    for i, row in enumerate(zip(*samples, strict=True)):
        assert (low[i], high[i]) == bootstrap_interval(row, interquartile_mean)
        theirs = stats.bootstrap(
            row, interquartile_mean, n_resamples=10_000, batch=1000, method="percentile", rng=np.random.default_rng(0)
        )
        assert (low[i], high[i]) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_the_interquartile_mean_is_scipys_trimmed_mean(values: list[float]) -> None:
    assert interquartile_mean(np.array(values)) == pytest.approx(stats.trim_mean(values, 0.25))


def test_four_runs_are_too_few_for_a_bootstrap() -> None:
    five, four = np.arange(5.0), np.arange(4.0)
    assert np.isnan(bootstrap_interval([five, four], interquartile_mean)).all()
    assert np.isfinite(bootstrap_interval([five, five], interquartile_mean)).all()


@settings(max_examples=10)
@given(st.integers(5, 8), st.integers(1, 3))
def test_intervals_contain_the_estimate(n: int, tasks: int) -> None:
    rng = np.random.default_rng(n)
    samples = [rng.normal(size=n) for _ in range(tasks)]
    low, high = bootstrap_interval(samples, interquartile_mean)
    assert low <= interquartile_mean(*samples) <= high
