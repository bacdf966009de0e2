"""Search spaces as suite files and manifests write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from optbench import Choice, LogitUniform, LogUniform, Uniform
from optbench.components.spaces import Space
from optbench.suite.spaces import SpaceTable, read_space, space_in_words, space_table

BOUNDS = st.tuples(st.floats(1e-9, 0.4), st.floats(0.5, 0.999999))


@given(st.sampled_from([Uniform, LogUniform, LogitUniform]), BOUNDS)
def test_a_range_survives_a_manifest(kind: Any, bounds: tuple[float, float]) -> None:
    space, adapter = kind(*bounds), TypeAdapter[Space](SpaceTable)
    assert adapter.validate_json(adapter.dump_json(space)) == space


def test_choices_survive_a_manifest_with_lists_for_tuples() -> None:
    space = read_space(Choice(((0.9, 0.99), None, "fast")))
    assert space == Choice(([0.9, 0.99], None, "fast"))
    assert read_space(json.loads(json.dumps(space_table(space)))) == space


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"low": 1e-4, "high": 1, "scale": "log"}, "0.0001 to 1 (log)"),
        ({"low": 0.9, "high": 0.999, "scale": "logit"}, "0.9 to 0.999 (logit)"),
        ({"choices": [8, 16]}, "one of 8, 16"),
    ],
)
def test_a_space_is_said_in_words(written: dict[str, Any], words: str) -> None:
    assert space_in_words(space_table(read_space(written))) == words


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ({"low": 1, "high": 0.1, "scale": "log"}, "1 to 0.1 (log): needs finite bounds with low < high"),
        ({"low": 0, "high": 0.1, "scale": "log"}, "0 to 0.1 (log): a logarithmic scale needs low > 0"),
        ({"low": 0.5, "high": 1, "scale": "logit"}, "0.5 to 1 (logit): needs 0 <= low and high < 1"),
        ({"low": "0", "high": 1, "scale": "log"}, "'0' to 1 (log): needs finite bounds with low < high"),
        ({"low": 0, "high": float("inf"), "scale": "linear"}, "0 to inf (linear): needs finite bounds"),
        (
            {"low": 0, "high": 10**400, "scale": "linear"},
            "0 to 100000000000000000...0000000000000000000 (linear): needs finite bounds",
        ),
        ({"low": 1e-3, "high": 1, "scale": "lgo"}, "unknown scale 'lgo'; did you mean 'log'?"),
        ({"low": 1e-3, "high": 1, "scale": ["log"]}, "unknown scale ['log']"),
        ({"low": 1e-3, "high": 1}, "has low, high; write { low = "),
        ({"low": 1e-3, "high": 1, "scale": "log", "choices": [1]}, "has low, high, scale, choices; write "),
        ({}, "has nothing; write "),
        ([1, 2], "[1, 2] is no range; write "),
        (0.1, "0.1 is no range; write "),
        ({"choices": []}, "choices = [] must be a list of at least one"),
        ({"choices": 3}, "choices = 3 must be a list of at least one"),
        ({"choices": [float("nan")]}, "choices = [nan] must be a list of at least one"),
    ],
)
def test_a_wrong_space_is_told_in_a_line(written: Any, mistake: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_space(written)
    assert str(caught.value).startswith(mistake)
    assert "\n" not in str(caught.value)
