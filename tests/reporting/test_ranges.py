"""Which axis shows all the numbers of a panel."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from optbench.reporting.charts.ranges import differ_much


@pytest.mark.parametrize(
    ("numbers", "much"),
    [
        ([1.0, 6.0], True),
        ([1.0, 4.0], False),
        ([1e-300, 1e300], True),
        ([0.0, 100.0], False),
        ([-1.0, 100.0], False),
        ([1.0, math.nan, math.inf], False),
        ([], False),
    ],
)
def test_positive_numbers_far_apart_need_a_logarithmic_axis(numbers: list[float], much: bool) -> None:
    assert differ_much(pd.Series(numbers, dtype=float)) == much
