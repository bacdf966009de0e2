from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from optbench.analysis.intervals import Interval, mean_interval, mean_intervals, share_interval

finite = st.floats(-1e6, 1e6)


def test_mean_interval_is_students_t() -> None:
    interval = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = stats.t.ppf(0.975, 3) * np.std([1, 2, 3, 4], ddof=1) / 2
    assert interval.center == 2.5
    assert interval.half_width == pytest.approx(half, rel=1e-12)


def test_one_value_has_no_interval_and_none_has_nothing() -> None:
    assert mean_interval([3.0]).center == 3.0
    assert math.isnan(mean_interval([3.0]).half_width)
    assert math.isnan(mean_interval([]).center)


def test_wilson_interval_of_no_hit_in_ten_ends_at_28_percent() -> None:
    interval = share_interval(0, 10)
    assert interval.low == 0
    assert interval.high == pytest.approx(0.28, abs=0.003)


def test_t_interval_covers_the_mean_at_its_nominal_rate_and_a_percentile_bootstrap_does_not() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2000, 5))
    covered = np.mean([(i := mean_interval(row)).low < 0 < i.high for row in samples])
    assert covered == pytest.approx(0.95, abs=0.015)
    resampled = samples[:, rng.integers(0, 5, size=(500, 5))].mean(axis=2)
    low, high = np.percentile(resampled, [2.5, 97.5], axis=1)
    assert np.mean((low < 0) & (high > 0)) < 0.9


@given(st.lists(finite, min_size=2, max_size=12))
def test_interval_contains_its_mean(values: list[float]) -> None:
    interval = mean_interval(values)
    assert interval.low <= interval.center <= interval.high


@given(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_stays_between_0_and_1_and_contains_the_share(hits_of: Any) -> None:
    hits, n = hits_of
    interval = share_interval(hits, n)
    assert 0 <= interval.low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= interval.high <= 1
    theirs = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_intervals_exclude_each_other_only_where_both_are_known_and_apart() -> None:
    a, b = Interval(5, 1.0, 0.9, 1.1), Interval(5, 1.3, 1.2, 1.4)
    assert a.excludes(b) and b.excludes(a)
    assert not a.excludes(Interval(5, 1.15, 1.05, 1.25))
    assert not a.excludes(Interval(1, 9.0, math.nan, math.nan))


@pytest.mark.parametrize(("other", "apart"), [(2.41 * (1 + 1e-7), False), (2.41 * (1 + 1e-5), True)])
def test_values_that_are_the_same_for_every_seed_lie_apart_only_beyond_rounding(other: float, apart: bool) -> None:
    exact = Interval(5, 2.41, 2.41, 2.41)
    assert exact.excludes(Interval(5, other, other, other)) == apart
    assert Interval(5, other, other, other).excludes(exact) == apart


@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))), min_size=1))
def test_intervals_of_groups_are_those_of_each_group(rows: list[tuple[str, float]]) -> None:
    table = pd.DataFrame(rows, columns=["group", "value"])
    found = mean_intervals(table["value"], table, ["group"])
    assert list(found.index) == list(dict.fromkeys(table["group"]))
    for name, group in table.groupby("group")["value"]:
        one, row = mean_interval(group.dropna()), found.loc[name]
        assert row["n"] == one.n
        assert [row["center"], row["low"], row["high"]] == pytest.approx(
            [one.center, one.low, one.high], nan_ok=True, rel=1e-9, abs=1e-6
        )
