from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from optbench.analysis.analysis import Analysis
from optbench.analysis.targets import first_hit, median, saturated, unreached
from optbench.components.task import Target, Task

ACCURACY = Task(name="t", model="m", dataset="d", steps=40, metric="accuracy", evaluations=5)
LOSS = Task(name="t", model="m", dataset="d", steps=40, evaluations=5)


def points(values: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    steps, measured = 10.0 * np.arange(len(values)), np.array(values, dtype=float)
    return {"step": steps, "train_seconds": steps / 100, "validation_metric": measured, "suboptimality": measured}


def test_first_point_at_least_as_good_counts_without_interpolation() -> None:
    assert first_hit(points([0.1, 0.5, 0.9, 0.7]), Target(name="x", value=0.6), ACCURACY) == (20, 0.2)
    assert first_hit(points([3.0, 2.0, 1.0]), Target(name="x", value=2.0), LOSS) == (10, 0.1)


def test_suboptimality_is_better_when_lower_even_if_the_metric_is_accuracy() -> None:
    target = Target(name="x", value=0.5, on="suboptimality")
    assert first_hit(points([1.0, 0.8, 0.4]), target, ACCURACY)[0] == 20


def test_never_is_infinite() -> None:
    assert first_hit(points([3.0, math.nan]), Target(name="x", value=1.0), LOSS) == (math.inf, math.inf)
    assert first_hit(points([]), Target(name="x", value=1.0), LOSS) == (math.inf, math.inf)


def test_median_keeps_infinity() -> None:
    assert median(pd.Series([10, math.inf, 12])) == 12
    assert median(pd.Series([10, math.inf, math.inf])) == math.inf


@given(st.lists(st.floats(0, 10), min_size=1, max_size=9), st.floats(0, 10), st.floats(0, 10))
def test_an_easier_target_is_never_reached_later(values: list[float], a: float, b: float) -> None:
    harder, easier = sorted((a, b))
    hit = [first_hit(points(values), Target(name="x", value=value), LOSS)[0] for value in (harder, easier)]
    assert hit[1] <= hit[0]


def test_hit_rates_come_with_wilson_intervals_and_the_resolution(analysis: Analysis) -> None:
    row = analysis.targets[(analysis.targets["optimizer"] == "lbfgs") & (analysis.targets["target"] == "easy")].iloc[0]
    assert (row["hits"], row["n"], row["steps"], row["resolution"]) == (0, 5, math.inf, 50)
    assert 0.4 < row["rate_high"] < 0.5


def test_targets_that_nobody_reaches_or_most_reach_at_once_tell_nothing() -> None:
    steps: dict[str, list[float]] = {
        "easy": [0, 50, 50],
        "good": [50, 100, 150],
        "far": [50, math.inf, math.inf],
        "never": [math.inf] * 3,
    }
    rows = [
        {"task": "t", "target": name, "steps": value, "hits": 5 * math.isfinite(value), "resolution": 49.5}
        for name, values in steps.items()
        for value in values
    ]
    assert saturated(pd.DataFrame(rows)) == [("t", "easy")]
    assert unreached(pd.DataFrame(rows)) == [("t", "never")]
