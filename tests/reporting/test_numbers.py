from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.reporting.numbers import (
    alike,
    count,
    memory,
    number,
    rounded_seconds,
    seconds,
    short,
    with_interval,
    within,
)


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


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (0.0008591, 0.0, "859 µs"),
        (0.0008591, 0.000005, "859 µs"),
        (0.0008591, 0.00005, "860 µs"),
        (0.0008591, 0.0003, "900 µs"),
        (0.0008591, 0.01, "900 µs"),
        (0.0008591, math.nan, "900 µs"),
        (4.56, 0.3, "4.6 s"),
        (0.0, 0.0, "0 µs"),
        (math.nan, math.nan, "–"),
    ],
)
def test_seconds_have_no_digit_that_their_spread_does_not_leave(value: float, spread: float, text: str) -> None:
    assert rounded_seconds(value, spread) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (1.1934, 1.1712, 1.2148, "1.193 (1.171 to 1.215)"),
        (35.21, 31.3, 45.2, "35 (31 to 45)"),
        (231.4, math.nan, math.nan, "200"),
        (1.0, 1.0, 1.0, "1.00"),
        (math.nan, math.nan, math.nan, "–"),
    ],
)
def test_a_ratio_has_the_digits_of_its_interval(value: float, low: float, high: float, text: str) -> None:
    assert within(value, low, high) == text


def test_bytes_have_a_unit() -> None:
    values = (8.0, 0.0, 1234.0, 4 * 2**20, 5e9, math.nan)
    assert [memory(value) for value in values] == ["8 bytes", "0 bytes", "1.23 kB", "4.19 MB", "5.00 GB", "–"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([3.205, 3.21, 3.215], ["3.205", "3.210", "3.215"]),
        ([102.06, 102.08, 102.1], ["102.06", "102.08", "102.10"]),
        ([-0.5, 0.0, 0.5], ["-0.5", "0.0", "0.5"]),
        ([20.0, 40.0], ["20", "40"]),
        ([0.001, 0.1, 10.0], ["0.001", "0.1", "10"]),
        ([0.258], ["0.258"]),
        ([], []),
    ],
)
def test_labels_of_an_axis_have_the_same_decimals_and_differ(values: list[float], texts: list[str]) -> None:
    assert alike(values) == texts
