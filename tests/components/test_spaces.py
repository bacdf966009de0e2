"""Search spaces: their bounds, and what lies within."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench import Choice, LogitUniform, LogUniform, Uniform
from optbench.errors import PluginError


@pytest.mark.parametrize(
    ("space", "arguments"),
    [
        (Uniform, (2, 1)),
        (Uniform, (1, 1)),
        (Uniform, (0, float("inf"))),
        (Uniform, ("0", "1")),
        (Uniform, (False, True)),
        (LogUniform, (0, 1)),
        (LogUniform, (1e-2, 1e-4)),
        (LogitUniform, (0.5, 1.0)),
        (LogitUniform, (-0.5, 0.5)),
        (Choice, ((),)),
    ],
)
def test_a_space_with_impossible_bounds_is_refused(space: type[Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(PluginError, match=rf"^{space.__name__}\(.*: (a logarithmic scale )?needs "):
        space(*arguments)


@pytest.mark.parametrize("space", [Uniform(0.2, 0.8), LogUniform(0.2, 0.8), LogitUniform(0.2, 0.8)])
def test_an_interval_contains_its_bounds_and_what_is_between_and_nothing_else(
    space: Uniform | LogUniform | LogitUniform,
) -> None:
    assert all(space.contains(value) for value in (0.2, 0.5, 0.8))
    assert not any(space.contains(value) for value in (0.19, 0.81, 0, 1, float("nan"), True, "0.5", None, (0.5,)))


def test_a_choice_contains_its_values_and_takes_lists_and_tuples_for_the_same() -> None:
    space = Choice(((0.9, 0.999), [0.9, [0.99, 1]], None, "fast"))
    assert space.contains([0.9, 0.999])
    assert space.contains((0.9, (0.99, 1)))
    assert space.contains(None)
    assert not any(space.contains(value) for value in ((0.9,), 0.9, "slow", (), [[0.9, 0.999]]))


@given(st.floats(0, 1, exclude_max=True))
def test_a_point_of_a_space_lies_in_it(unit: float) -> None:
    for space in (Uniform(-1, 2), LogUniform(1e-4, 10), LogitUniform(0.5, 0.999), Choice(("a", "b", "c"))):
        assert space.contains(space.at(unit))


def test_the_middle_of_a_space_is_the_middle_of_its_scale() -> None:
    assert Uniform(-1, 2).at(0.5) == 0.5
    assert LogUniform(1e-4, 1e-2).at(0.5) == pytest.approx(1e-3)
    assert LogitUniform(0.9, 0.999).at(0.5) == pytest.approx(0.99)
    assert [Choice(("a", "b")).at(unit) for unit in (0.0, 0.49, 0.5, 0.99)] == ["a", "a", "b", "b"]
