"""Alternating measurements, and the ratio between them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks import pairs


def test_both_are_measured_once_a_round_in_turn_first_and_the_first_round_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.count()
    calls: list[str] = []
    monkeypatch.setattr(pairs, "perf_counter", lambda: next(clock))
    ours, theirs = pairs.compare(lambda: calls.append("ours"), lambda: calls.append("theirs"), 2)
    assert calls == ["theirs", "ours", "ours", "theirs", "theirs", "ours"]
    np.testing.assert_array_equal([ours, theirs], np.ones((2, 2)))


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    line = pairs.describe("loop", np.array([1.0, 4.0, 30.0]), np.array([1.0, 2.0, 10.0]))
    assert line == "loop: ratio 2.000 (quartiles 1.500 to 2.500, 3 rounds; medians 4.000 s and 2.000 s)"
