"""Gradients by depth: closed forms of what vanishes and explodes, through the labels."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from optbench.analysis.depth import (
    EXPLODING,
    HEALTHY,
    PREFIXES,
    VANISHING,
    depth,
    layer_gradients,
    layers_over_time,
)

PREFIX = PREFIXES["gradient"]
WHERE = {"source": "s", "device": "cpu", "task": "t", "optimizer": "sgd"}


RUNS = pd.DataFrame([WHERE | {"run_id": "r", "is_report": True, "completed": True, "status": "completed"}])


def measured(*gradients: float, steps: int = 20) -> pd.DataFrame:
    """The table of one run whose layers have these gradients throughout its first tenth, and others later."""
    rows = []
    for step in range(steps + 1):
        seen = gradients if step <= 2 else [1.0] * len(gradients)
        layers = {f"{PREFIX}{i}": value if step else math.nan for i, value in enumerate(seen)}
        rows.append(WHERE | {"run_id": "r", "step": float(step)} | layers)
    return layer_gradients(pd.DataFrame(rows), RUNS)


@pytest.mark.parametrize(
    ("gradients", "slope", "label"),
    [
        ([0.5**50, 1.0], 50 * math.log10(0.5), VANISHING),  # B18: a linear RNN over 50 steps, w = 0.5
        ([1.5**50, 1.0], 50 * math.log10(1.5), EXPLODING),  # and w = 1.5
        ([0.25**10, 1.0], 10 * math.log10(0.25), VANISHING),  # B19: ten centred sigmoids
        ([0.25**4, 1.0], 4 * math.log10(0.25), HEALTHY),
        ([math.inf, 1.0], math.inf, EXPLODING),
        ([0.0, 1.0], -math.inf, VANISHING),
    ],
)
def test_label_is_that_of_the_decades_from_the_last_to_the_first_layer(
    gradients: list[float], slope: float, label: str
) -> None:
    (row,) = depth(measured(*gradients), RUNS).to_dict("records")
    assert row["slope"] == pytest.approx(slope)
    assert row["label"] == label
    assert row["layers"] == 2


def test_layers_are_in_their_order_and_a_single_one_has_no_slope() -> None:
    table = measured(3.0, 2.0, 1.0)
    assert table["depth"].tolist() == [1, 2, 3]
    assert table["gradient"].tolist() == [3.0, 2.0, 1.0]
    assert depth(measured(1.0), RUNS).empty


def test_without_the_diagnostic_there_is_nothing() -> None:
    frame = pd.DataFrame([WHERE | {"run_id": "r", "step": 1.0}])
    assert depth(layer_gradients(frame, RUNS), RUNS).empty


def test_large_gradients_explode_in_all_layers_alike_too_and_so_does_what_diverges_at_once() -> None:
    """With weights that are too large, activations grow by what gradients grow, and every layer's are as large."""
    wild = WHERE | {"optimizer": "wild", "run_id": "w", "is_report": True, "completed": False, "status": "diverged"}
    table = depth(measured(2e4, 3e4), pd.concat([RUNS, pd.DataFrame([wild])]))
    assert table["label"].tolist() == [EXPLODING, EXPLODING]
    assert table["layers"].tolist() == [2, 0]


def test_over_time_each_layer_has_the_median_of_the_report_runs() -> None:
    runs: list[dict[str, Any]] = [
        WHERE | {"run_id": name, "is_report": name != "tune"} for name in ("a", "b", "c", "tune")
    ]
    values = {"a": 1.0, "b": 2.0, "c": 9.0, "tune": 100.0}
    frame = pd.DataFrame(
        WHERE | {"run_id": name, "step": step, f"{PREFIX}first": value, f"{PREFIXES['update']}first": value / step}
        for name, value in values.items()
        for step in (10.0, 20.0)
    )
    table = layers_over_time(frame, pd.DataFrame(runs))
    assert table[["measure", "depth", "layer", "step", "value"]].to_numpy().tolist() == [
        ["gradient", 1, "first", 10.0, 2.0],
        ["gradient", 1, "first", 20.0, 2.0],
        ["update", 1, "first", 10.0, 0.2],
        ["update", 1, "first", 20.0, 0.1],
    ]
    assert layers_over_time(frame[["run_id", "source", "step"]], pd.DataFrame(runs)).empty
