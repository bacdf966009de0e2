from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from optbench.analysis.survival import expected_running_time, par2, reached, restricted_mean

EXAMPLE = [10.0, 12.0, 20.0, math.inf, math.inf]
"""Two of five runs do not get there within 30 steps."""
steps_or_never = st.lists(st.one_of(st.just(math.inf), st.integers(1, 30).map(float)), min_size=1, max_size=9)


def test_five_runs_of_which_two_are_censored() -> None:
    assert restricted_mean(EXAMPLE, 30) == pytest.approx(20.4)
    assert par2(EXAMPLE, 30) == pytest.approx(32.4)
    assert expected_running_time(EXAMPLE, 30) == 34
    curve = reached(EXAMPLE, 30)
    assert [at.step for at in curve] == [0, 10, 12, 20, 30]
    assert [1 - at.share for at in curve] == pytest.approx([1, 0.8, 0.6, 0.4, 0.4])
    assert all(at.low <= at.share <= at.high for at in curve)


def test_nobody_gets_there() -> None:
    assert restricted_mean([math.inf] * 3, 30) == 30 and par2([math.inf] * 3, 30) == 60
    assert expected_running_time([math.inf] * 3, 30) == math.inf
    assert [at.share for at in reached([math.inf] * 3, 30)] == [0, 0]


@given(steps_or_never)
def test_the_restricted_mean_is_the_area_above_the_share_that_got_there(steps: list[float]) -> None:
    curve = reached(steps, 30)
    area = sum((after.step - at.step) * (1 - at.share) for at, after in pairwise(curve))
    assert restricted_mean(steps, 30) == pytest.approx(area)
    grid = np.linspace(0, 30, 3001)
    alive = [np.mean(np.minimum(steps, 30) > t) for t in grid]
    assert restricted_mean(steps, 30) == pytest.approx(float(integrate.trapezoid(alive, grid)), abs=0.02)


@given(steps_or_never)
def test_shares_are_those_of_all_runs_at_every_step(steps: list[float]) -> None:
    for at in reached(steps, 30):
        assert at.share == pytest.approx(np.mean(np.asarray(steps) <= at.step))


@given(steps_or_never)
def test_it_is_kaplan_and_meiers_estimate(steps: list[float]) -> None:
    times = np.array(steps)
    censored = stats.CensoredData.right_censored(np.minimum(times, 30), np.isinf(times))
    survival = stats.ecdf(censored).sf
    for at in reached(steps, 30):
        assert 1 - at.share == pytest.approx(float(survival.evaluate([at.step])[0]))
