from __future__ import annotations

import math
from typing import Any

import pytest

from optbench import UsageError
from optbench.builtin.options import check_flag, check_heads, check_name, check_positive, image_shape, scaled


def test_a_name_that_is_wrong_is_refused_with_the_closest() -> None:
    check_name("net", "colour", "red", ("red", "blue"))
    with pytest.raises(UsageError, match=r"^net: colour='bleu' must be one of red, blue; did you mean 'blue'\?$"):
        check_name("net", "colour", "bleu", ("red", "blue"))
    with pytest.raises(UsageError, match=r"^net: colour=1 must be one of red, blue$"):
        check_name("net", "colour", 1, ("red", "blue"))


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_what_is_no_flag_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=f"^net: skip={value!r} must be true or false$"):
        check_flag("net", "skip", value)


def test_channels_are_multiplied() -> None:
    assert scaled("net", 1.0, (16, 32)) == scaled("net", 1, (16, 32)) == (16, 32)
    assert scaled("net", 0.0625, (16, 32)) == (1, 2)
    assert scaled("net", 2.5, (16, 32)) == (40, 80)


@pytest.mark.parametrize("width", [0, -1, 0.3, 0.03125, math.nan, math.inf, True, "1", None])
def test_a_width_that_leaves_no_whole_channels_is_refused(width: Any) -> None:
    with pytest.raises(
        UsageError, match=r"must be a positive multiple of 1/16, a scale of 16, 32 channels$"
    ) as refusal:
        scaled("net", width, (16, 32))
    assert f"net: width={width!r}" in str(refusal.value)


def test_what_is_no_image_is_refused_with_the_way_out() -> None:
    assert image_shape("net", (3, 32, 24)) == (3, 32, 24)
    with pytest.raises(UsageError, match=r"^net: examples of shape \[16\] are no images .*; use the model mlp$"):
        image_shape("net", (16,))


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "2", None])
def test_what_is_no_positive_whole_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=f"^gpt: layers={value!r} must be a positive whole number$"):
        check_positive("gpt", width=64, layers=value)


@pytest.mark.parametrize(("heads", "width", "near"), [(5, 64, 4), (7, 64, 8), (100, 64, 64), (4, 7, 1)])
def test_heads_that_do_not_divide_the_width_are_refused_with_those_nearby_that_do(
    heads: int, width: int, near: int
) -> None:
    with pytest.raises(UsageError, match=f"^gpt: heads={heads} must divide width={width}; {near} does$"):
        check_heads("gpt", heads, width)
    check_heads("gpt", near, width)
