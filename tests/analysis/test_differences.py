"""Differences from the reference: what they are, and that all of their intervals hold together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.differences import COLUMNS, differences, relation
from tests.support.campaign import Folder, campaign


def test_each_contender_is_compared_with_the_first_entry(analysis: Analysis) -> None:
    table = analysis.differences
    assert list(table.columns) == list(COLUMNS)
    assert set(table["reference"]) == {"sgd"}
    contending = analysis.quality.query("contends and optimizer != 'sgd'")
    assert set(zip(table.task, table.optimizer, strict=True)) == set(
        zip(contending.task, contending.optimizer, strict=True)
    )
    means = analysis.quality.set_index(["task", "optimizer"])["mean"]
    row = table.iloc[0]
    assert row["difference"] == pytest.approx(means[row["task"], row["optimizer"]] - means[row["task"], "sgd"])


def test_a_suite_names_its_reference() -> None:
    results = campaign()
    (source,) = results.sources
    suite = source.suite.model_copy(update={"reference": "momentum"})
    found = analyse(dataclasses.replace(results, sources=(dataclasses.replace(source, suite=suite),)))
    assert set(found.differences["reference"]) == {"momentum"}


def test_all_intervals_together_hold_in_nineteen_of_twenty_campaigns() -> None:
    results = campaign(Folder(crashing=frozenset()))
    found = analyse(results)
    rng, missed, rounds = np.random.default_rng(0), 0, 200
    for _ in range(rounds):
        runs = found.runs.assign(final_test_metric=rng.normal(10, 1, len(found.runs)))
        table = differences(runs, found.quality, results)
        missed += bool(((table["low"] > 0) | (table["high"] < 0)).any())
    assert missed <= 20, "of 200 campaigns, 10 are expected, and more than 20 with a probability of 0.1 %"


@pytest.mark.parametrize(
    ("low", "high", "higher", "said"),
    [
        (0.1, 0.2, False, "worse"),
        (0.1, 0.2, True, "better"),
        (-0.2, -0.1, False, "better"),
        (-0.1, 0.1, False, "undecided"),
        (float("nan"), float("nan"), False, "undecided"),
    ],
)
def test_an_interval_without_zero_decides(low: float, high: float, higher: bool, said: str) -> None:
    assert relation(low, high, higher) == said
