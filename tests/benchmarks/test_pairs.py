"""Ratios of benchmarks: measured in turn, told with their scatter, compared with older ones."""

from __future__ import annotations

import math

import pytest

from benchmarks.__main__ import slower
from benchmarks.pairs import Pair, compare


def test_both_are_called_in_turn_once_more_than_is_counted() -> None:
    called: list[str] = []
    pair = compare("a", lambda: called.append("a"), "b", lambda: called.append("b"), 3)
    assert called == ["b", "a", "a", "b", "b", "a", "a", "b"]
    assert len(pair.ours) == len(pair.theirs) == 3


def test_seconds_that_a_function_tells_count() -> None:
    pair = compare("a", iter([9.0, 1.0, 2.0, 3.0]).__next__, "b", lambda: 2.0, 3)
    assert pair.quartiles == (0.75, 1.0, 1.25)
    assert "a against b: ratio 1.000 (quartiles 0.750 to 1.250, 3 rounds; medians 2 s and 2 s)" in str(pair)


def test_a_round_that_measured_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="a round was not measured"):
        compare("a", lambda: math.nan, "b", lambda: 1.0, 3)


def test_only_what_grew_beyond_its_scatter_is_told() -> None:
    def pair(name: str, *ratios: float) -> Pair:
        return Pair(name, "b", ratios, (1.0,) * len(ratios))

    old = {"pairs": [pair(name, 0.9, 1.0, 1.1).as_json() for name in ("same", "slower", "scatters")]}
    now = [pair("same", 0.95, 1.05, 1.1), pair("slower", 1.4, 1.5, 1.6), pair("scatters", 0.5, 1.5, 2.5)]
    now.append(pair("new", 9.0))
    assert list(slower(now, old)) == ["slower: slower: 1.500, before 1.000 (against b)"]
