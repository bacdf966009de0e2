from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.analysis.ranks import average_ranks, scored_runs
from optbench.analysis.ranks import ranks as ranks_of
from optbench.components.task import Task

LOSS = Task(name="loss", model="m", dataset="d", steps=10)
ACCURACY = Task(name="accuracy", model="m", dataset="d", steps=10, metric="accuracy")
TASKS = {"loss": LOSS, "accuracy": ACCURACY}


def runs(*rows: tuple[str, str, float, float | None]) -> pd.DataFrame:
    """(task, optimizer, initial metric, test metric or None for failed)"""
    return pd.DataFrame(
        {
            "source": "s",
            "device": "cpu",
            "task": [row[0] for row in rows],
            "optimizer": [row[1] for row in rows],
            "is_report": True,
            "completed": [row[3] is not None for row in rows],
            "initial_validation_metric": [row[2] for row in rows],
            "final_test_metric": [math.nan if row[3] is None else row[3] for row in rows],
        }
    )


def ranks(table: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    return ranks_of(scored_runs(table, tasks), tasks)


def by_optimizer(table: pd.DataFrame, column: str) -> dict[str, Any]:
    return dict(zip(table["optimizer"], table[column], strict=True))


def test_lower_losses_and_higher_accuracies_rank_first() -> None:
    table = ranks(
        runs(("loss", "a", 9, 1), ("loss", "b", 9, 2), ("accuracy", "a", 0.1, 0.8), ("accuracy", "b", 0.1, 0.9)), TASKS
    )
    assert table["rank"].tolist() == [1, 2, 2, 1]


def test_equal_scores_share_the_mean_of_their_ranks() -> None:
    assert ranks(runs(*(("loss", name, 9, 1) for name in "abc")), TASKS)["rank"].tolist() == [2, 2, 2]


def test_a_failed_run_enters_with_its_value_before_training() -> None:
    table = ranks(runs(("loss", "a", 9, 1), ("loss", "a", 7, None), ("loss", "b", 9, 2)), TASKS)
    assert by_optimizer(table, "score") == {"a": 4, "b": 2}
    assert by_optimizer(table, "rank") == {"a": 2, "b": 1}
    assert by_optimizer(table, "imputed") == {"a": 1, "b": 0}


def test_a_failed_run_without_any_point_enters_with_the_tasks_median_before_training() -> None:
    table = ranks(runs(("loss", "a", 5, 1), ("loss", "a", math.nan, None), ("loss", "b", 7, 2)), TASKS)
    assert by_optimizer(table, "score")["a"] == pytest.approx((1 + 6) / 2)


def test_cells_without_a_completed_run_tie_for_the_worst() -> None:
    table = ranks(runs(("loss", "a", 9, 1), ("loss", "b", 9, None), ("loss", "c", 2, None)), TASKS)
    assert table["rank"].tolist() == [1, 2.5, 2.5]


def test_average_is_over_common_tasks_only() -> None:
    table = ranks(runs(("loss", "a", 9, 1), ("loss", "b", 9, 2), ("accuracy", "a", 0.1, 0.5)), TASKS)
    averages = average_ranks(table)
    assert averages["n_tasks"].tolist() == [1, 1]
    assert by_optimizer(averages, "average_rank") == {"a": 1, "b": 2}


@given(st.lists(st.one_of(st.none(), st.floats(0, 10)), min_size=2, max_size=8))
def test_ranks_of_k_optimizers_always_sum_to_k_times_k_plus_1_over_2(values: list[Any]) -> None:
    table = ranks(runs(*(("loss", f"o{i}", 5.0, value) for i, value in enumerate(values))), TASKS)
    k = len(values)
    assert table["rank"].sum() == pytest.approx(k * (k + 1) / 2)
    assert average_ranks(table)["average_rank"].is_monotonic_increasing
