from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.reporting.numbers import count, number, seconds, short, with_interval


@pytest.mark.parametrize(
    ("value", "half_width", "text"),
    [
        (0.95912, 0.004151, "0.9591 ± 0.0042"),
        (95.912, 0.4151, "95.91 ± 0.42"),
        (1234.5, 25.0, "1234 ± 25"),
        (3.214e-5, 1.2e-6, "(3.21 ± 0.12)×10⁻⁵"),
        (0.5, math.nan, "0.500"),
        (1.414, 0.0, "1.414 ± 0"),
        (math.nan, math.nan, "–"),
        (0.01, 2.0, "0.0 ± 2.0"),
        (0.0, 0.0, "0 ± 0"),
    ],
)
def test_intervals_have_two_digits_and_their_centre_the_same_place(value: float, half_width: float, text: str) -> None:
    assert with_interval(value, half_width) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.0123"), (1235.0, "1235"), (1.234e-7, "1.23×10⁻⁷"), (math.inf, "never"), (math.nan, "–"), (0, "0")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_short_numbers_have_no_trailing_zeros() -> None:
    assert [short(value) for value in (0.1, 0.003162, 1e-5, 10.0)] == ["0.1", "0.003162", "1×10⁻⁵", "10"]


def test_durations_and_counts_have_their_units() -> None:
    assert [seconds(value) for value in (1.5e-5, 0.0123, 45.6, 600, 7200)] == [
        "15.0 µs",
        "12.3 ms",
        "45.6 s",
        "10.0 min",
        "2.00 h",
    ]
    assert (count(12500), count(math.inf)) == ("12\u202f500", "never")


@given(st.floats(1e-12, 1e12), st.floats(1e-12, 1e12))
def test_any_interval_prints(value: float, half_width: float) -> None:
    assert "±" in with_interval(value, half_width)
