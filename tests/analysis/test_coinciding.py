"""Entries whose curves are the same."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from optbench.analysis.analysis import analyse
from optbench.analysis.coinciding import Coinciding, coinciding
from optbench.reporting.captions import caption
from tests.support.campaign import OPTIMIZERS, Folder, campaign

ADAM = {1000: [2.0, 1.0, 0.5], 1001: [2.0, 1.1, 0.4]}


def runs(**entries: dict[int, list[float]]) -> pd.DataFrame:
    """Curves by optimizer and seed, the later optimizers' runs first."""
    rows = [
        {"source": "s", "device": "cpu", "task": "t", "optimizer": name, "seed": seed, "step": step, "value": value}
        for name, seeds in entries.items()
        for seed, values in seeds.items()
        for step, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def found(**entries: dict[int, list[float]]) -> list[tuple[str, ...]]:
    return [group.optimizers for group in coinciding(runs(**entries), entries)]


def scaled(by: float, seeds: dict[int, list[float]] = ADAM) -> dict[int, list[float]]:
    return {seed: [value * by for value in values] for seed, values in seeds.items()}


def test_curves_coincide_up_to_rounding_only() -> None:
    assert found(adam=ADAM, sgd=scaled(0.9), adamw=scaled(1 + 5e-7)) == [("adam", "adamw")]
    assert not found(adam=ADAM, adamw=scaled(1 + 5e-6))


def test_every_seed_and_step_counts() -> None:
    assert not found(adam=ADAM, adamw=ADAM | {1001: [2.0, 1.1, 0.41]})
    assert not found(adam=ADAM, adamw={1000: ADAM[1000]}), "a seed is missing"
    assert not found(adam=ADAM, adamw=ADAM | {1001: ADAM[1001][:2]}), "it stopped early"
    assert not found(adam=ADAM, adamw={1000: ADAM[1001], 1001: ADAM[1000]}), "the same values of other seeds"


def test_what_is_left_of_a_difference_near_zero_is_rounding() -> None:
    assert found(a={0: [1.0, 0.0]}, b={0: [1.0, 3e-16]}) == [("a", "b")]
    assert not found(a={0: [1.0, 0.0]}, b={0: [1.0, 1e-12]})


def test_missing_values_are_the_same_and_groups_are_apart() -> None:
    nan = {0: [1.0, math.nan]}
    assert found(a=nan, b={0: [1.0, 1.0]}, c=nan, d={0: [1.0, 1.0]}) == [("a", "c"), ("b", "d")]


@pytest.mark.parametrize("by", [1.0, 1.01])
def test_captions_of_curves_say_which_entries_coincide(by: float) -> None:
    entries = (*OPTIMIZERS[:2], OPTIMIZERS[0].model_copy(update={"name": "twin"}))
    results = campaign(Folder(optimizers=entries, crashing=frozenset(), protocol="defaults"))
    frame = results.frame
    report = frame["optimizer"].eq("sgd")
    for column in ("suboptimality", "validation_loss"):
        frame.loc[frame["optimizer"].eq("twin"), column] = by * frame.loc[report, column].to_numpy()
    analysis = analyse(results)
    assert len(analysis.coinciding) == (3 if by == 1 else 0)
    (condition,) = analysis.conditions
    words = caption("learning-curves", analysis, condition, ["sgd", "twin"])
    assert ("sgd and twin coincide on quadratic, digits-mlp and chars." in words) == (by == 1)
    assert "coincide" not in caption("learning-curves", analysis, condition, ["sgd", "momentum"])
    assert "coincide" not in caption("heatmap", analysis, condition, ["sgd", "twin"])


def test_groups_name_their_task_and_condition() -> None:
    assert coinciding(runs(b=ADAM, a=ADAM), ["a", "b"]) == (Coinciding("s", "cpu", "t", ("a", "b")),)
