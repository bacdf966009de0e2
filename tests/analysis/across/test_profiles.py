from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.analysis.across.profiles import benchmark_score, profile, ratios, speed_ups

INF = math.inf
EXAMPLE = pd.DataFrame({"a": [10, 20, INF, 5], "b": [15, 10, 30, 5], "c": [39, 50, 30, INF]})

times = st.lists(
    st.lists(st.one_of(st.just(INF), st.integers(1, 50).map(float)), min_size=3, max_size=3), min_size=1, max_size=6
).map(lambda rows: pd.DataFrame(rows, columns=["a", "b", "c"]))


def test_scores_of_the_worked_example_are_exact() -> None:
    assert benchmark_score(ratios(EXAMPLE)).tolist() == pytest.approx([0.666667, 0.958333, 0.258333], abs=5e-7)


@given(times)
def test_the_score_is_the_area_under_the_profile(times: pd.DataFrame) -> None:
    relative = ratios(times)
    for optimizer, steps in profile(relative).groupby("optimizer"):
        inside = steps[steps["ratio"] < 4]
        ends = np.append(inside["ratio"], 4.0)
        area = float((np.diff(ends) * inside["share"]).sum()) / 3
        assert benchmark_score(relative)[str(optimizer)] == pytest.approx(area)


@given(times, st.permutations(["a", "b", "c"]))
def test_order_and_units_change_nothing(times: pd.DataFrame, order: list[str]) -> None:
    scores = benchmark_score(ratios(times))
    pd.testing.assert_series_equal(benchmark_score(ratios(times[order] * 7))[["a", "b", "c"]], scores)
    assert scores.between(0, 1).all()


def test_a_task_that_nobody_solves_stays_in_the_denominator() -> None:
    unsolved = pd.concat([EXAMPLE, pd.DataFrame({name: [INF] for name in "abc"})], ignore_index=True)
    assert benchmark_score(ratios(unsolved)).tolist() == pytest.approx(
        [4 / 5 * score for score in benchmark_score(ratios(EXAMPLE))]
    )
    assert ratios(unsolved).iloc[-1].tolist() == [INF] * 3


def test_ties_for_the_best_all_count_as_best() -> None:
    assert benchmark_score(ratios(pd.DataFrame({"a": [5.0], "b": [5.0], "c": [6.0]}))).tolist()[:2] == [1, 1]


def test_targets_that_are_met_before_training_and_missing_times_are_mistakes() -> None:
    with pytest.raises(ValueError, match="before training"):
        ratios(pd.DataFrame({"a": [0.0], "b": [1.0]}))
    with pytest.raises(ValueError, match="missing"):
        ratios(pd.DataFrame({"a": [math.nan], "b": [1.0]}))


def test_speed_ups_are_geometric_means_over_what_both_solve() -> None:
    table = speed_ups(EXAMPLE, "a")
    assert table["speed_up_tasks"].to_dict() == {"a": 3, "b": 3, "c": 2}
    assert table["speed_up"].to_dict() == pytest.approx({"a": 1, "b": (10 / 15 * 2) ** (1 / 3), "c": (4 / 39) ** 0.5})
    assert speed_ups(EXAMPLE, "nobody")["speed_up"].isna().all()
    assert speed_ups(EXAMPLE.assign(d=INF), "d")["speed_up_tasks"].eq(0).all()
