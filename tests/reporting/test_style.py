from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.reporting.figures.panels import fence, limits
from optbench.reporting.style import looks


def test_forty_optimizers_look_different_and_the_first_eight_differ_in_colour_and_marker() -> None:
    found = looks(f"o{i}" for i in range(40))
    assert len({(look.color, look.marker, str(look.line)) for look in found.values()}) == 40
    first = list(found.values())[:8]
    assert len({look.color for look in first}) == len({look.marker for look in first}) == 8


def test_a_look_depends_on_the_place_and_not_on_who_follows() -> None:
    assert looks(["a", "b"])["b"] == looks(["a", "b", "c"])["b"]


def test_one_awful_optimizer_does_not_squash_the_rest() -> None:
    groups = [[0.40, 0.42], [0.44, 0.46], [0.45, 0.47], [9.0, 9.1]]
    low, high = fence(groups, higher_is_better=False)
    assert low == -math.inf and high == pytest.approx(0.40 + 3 * 0.07)
    assert fence([[95.0, 94.0], [93.0], [10.0]], higher_is_better=True) == (pytest.approx(89.0), math.inf)


def test_equal_values_set_no_limit() -> None:
    assert fence([[1.0, 1.0], [5.0]], higher_is_better=False) == (-math.inf, pytest.approx(13.0))
    assert fence([[1.0, 1.0]], higher_is_better=False) == (-math.inf, math.inf)
    assert fence([], higher_is_better=True) == (-math.inf, math.inf)


def test_axes_are_logarithmic_for_positive_values_far_apart_and_end_at_the_ceiling() -> None:
    assert limits([0.1, 2.0]).log and not limits([1.0, 2.0]).log and not limits([-1.0, 50.0]).log
    assert limits([1.0, 1.5, 1e9], ceiling=2.0).high < 2.2
    assert not limits([math.nan]).log


@given(st.lists(st.floats(1e-9, 1e9), min_size=1))
def test_limits_contain_everything_where_there_is_no_ceiling(values: list[float]) -> None:
    found = limits(values)
    assert found.low <= min(values) and max(values) <= found.high * (1 + 1e-9)
