from __future__ import annotations

import pytest

from optbench import UsageError
from optbench.builtin.options import check_heads, check_positive


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
