from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.auc import auc, auc_of
from optbench.components.task import Task

LOSS = Task(name="loss", model="m", dataset="d", steps=20)
ACCURACY = Task(name="accuracy", model="m", dataset="d", steps=20, metric="accuracy")


def table(*runs: tuple[str, str, list[float]], suboptimality: bool = False) -> pd.DataFrame:
    """`auc` of completed report runs (task, optimizer, values at steps 0, 10, 20)."""
    facts = [
        {"source": "s", "device": "cpu", "task": task, "optimizer": optimizer, "run_id": str(i)}
        for i, (task, optimizer, _) in enumerate(runs)
    ]
    frame = pd.DataFrame(
        [
            fact
            | {"step": 10.0 * j, "validation_loss": value, "validation_metric": value}
            | {"suboptimality": value if suboptimality else math.nan}
            for fact, (_, _, values) in zip(facts, runs, strict=True)
            for j, value in enumerate(values)
        ]
    )
    ended = pd.DataFrame(facts).assign(is_report=True, completed=True)
    return auc(frame, ended, {"loss": LOSS, "accuracy": ACCURACY}).set_index("optimizer")


def test_the_mean_logarithm_of_gradient_descent_on_a_parabola() -> None:
    steps = np.arange(101.0)
    assert auc_of(steps, np.log10((1 - 0.1) ** (2 * steps))) == pytest.approx(100 * math.log10(0.9), rel=1e-12)
    assert 100 * math.log10(0.9) == pytest.approx(-4.5757491, abs=1e-7)


def test_losses_are_averaged_in_logarithms() -> None:
    row = table(("loss", "a", [100.0, 10.0, 1.0])).loc["a"]
    assert (row["quantity"], row["scale"], row["n"]) == ("validation loss", "log10", 1)
    assert row["auc"] == pytest.approx(1.0) and row["final"] == row["best"] == 1.0


def test_shares_are_averaged_as_they_are_and_higher_ones_are_better() -> None:
    row = table(("accuracy", "a", [0.0, 0.8, 0.6])).loc["a"]
    assert (row["quantity"], row["scale"]) == ("validation accuracy", "linear")
    assert (row["auc"], row["final"], row["best"]) == (pytest.approx(0.55), 0.6, 0.8)


@pytest.mark.parametrize("last", [0.0, -1.0])
def test_one_loss_that_has_no_logarithm_makes_the_whole_task_linear(last: float) -> None:
    both = table(("loss", "a", [4.0, 2.0, last]), ("loss", "b", [4.0, 2.0, 2.0]))
    assert set(both["scale"]) == {"linear"}
    assert both.loc["b", "auc"] == pytest.approx(2.5)
    assert both.loc["a", "auc"] == pytest.approx((3 + (2 + last) / 2) / 2)


def test_suboptimality_is_followed_where_the_optimum_is_known() -> None:
    assert table(("loss", "a", [1.0, 0.1, 0.01]), suboptimality=True).loc["a", "quantity"] == "suboptimality"


def test_a_best_of_more_points_is_not_compared_with_a_best_of_fewer() -> None:
    both = table(("loss", "a", [4.0, 2.0, 3.0]), ("loss", "b", [4.0, 2.0]))
    assert both["best"].isna().all() and both["final"].tolist() == [3.0, 2.0]
