"""The expected best of k trials: against enumeration, published numbers, and what a report makes of it."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from statistics import mean

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.effort import expected_best
from tests.support.campaign import Folder, campaign

VALUES = st.lists(st.floats(-1e6, 1e6) | st.just(math.inf), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def drawn() -> Analysis:
    return analyse(campaign(Folder(protocol="qmc")))


@pytest.mark.parametrize(("k", "expected"), [(1, 0.4), (2, 0.21), (3, 0.15), (5, 0.1)])
def test_the_golden_values(k: int, expected: float) -> None:
    assert expected_best([0.3, 0.1, 0.5, 0.2, 0.9], k) == pytest.approx(expected, abs=1e-15)


@given(VALUES, st.data())
def test_it_is_the_mean_over_all_subsets(values: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(values)))
    enumerated = mean(min(subset) for subset in combinations(values, k))
    assert expected_best(values, k) == pytest.approx(enumerated, rel=1e-9, abs=1e-6)


@given(VALUES)
def test_more_trials_are_never_worse_and_all_of_them_give_the_best(values: list[float]) -> None:
    curve = [expected_best(values, k) for k in range(1, len(values) + 1)]
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(curve))
    assert curve[-1] == min(values)


def test_it_is_infinite_as_long_as_all_of_a_subset_may_be() -> None:
    values = [math.inf, 1.0, math.inf, 2.0]
    assert [expected_best(values, k) for k in (1, 2)] == [math.inf, math.inf]
    assert expected_best(values, 3) == pytest.approx(0.75 * 1.0 + 0.25 * 2.0)


def test_of_hundreds_of_trials_it_is_that_of_independent_draws() -> None:
    uniform = [(i + 0.5) / 500 for i in range(500)]
    assert expected_best(uniform, 9) == pytest.approx(1 / 10, rel=0.01)


def curve(analysis: Analysis, optimizer: str, task: str) -> pd.DataFrame:
    table = analysis.effort
    return table[table["optimizer"].eq(optimizer) & table["task"].eq(task)]


def test_a_trial_counts_once_with_its_first_run(drawn: Analysis) -> None:
    found = curve(drawn, "sgd", "chars")
    assert found["k"].tolist() == list(range(1, 10))
    assert set(found["trials"]) == {9}
    runs = drawn.sensitivity_runs
    first = runs[runs["optimizer"].eq("sgd") & runs["task"].eq("chars") & runs["seed"].eq(0)]
    assert len(first) == 9
    assert found["expected_best"].iloc[-1] == first["value"].min()
    assert found["expected_best"].iloc[0] == pytest.approx(first["value"].clip(upper=1.4).mean())


def test_a_failed_trial_counts_as_the_value_before_training(drawn: Analysis) -> None:
    assert set(curve(drawn, "sgd", "chars")["failed"]) == {2}
    crashing = curve(drawn, "lbfgs", "digits-mlp")
    assert set(crashing["failed"]) == {9}
    assert np.ptp(crashing["expected_best"]) < 1e-12
    assert set(crashing["quantity"]) == {"validation error"}


def test_it_is_told_of_draws_only(analysis: Analysis, drawn: Analysis) -> None:
    assert analysis.effort.empty
    assert set(drawn.effort["optimizer"]) == {"sgd", "momentum", "adamw", "lbfgs"}
