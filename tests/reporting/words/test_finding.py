from __future__ import annotations

import pytest

from optbench.analysis.condition import Condition
from optbench.reporting.words.finding import listed, subject
from optbench.wording import plural


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        (["a"], 4, "a"),
        (["a", "b"], 4, "a and b"),
        (["a", "b", "c", "d", "e"], 4, "a, b, c, d and e"),
        (["a", "b", "c", "d", "e", "f"], 4, "a, b, c, d and 2 more"),
        (["a", "b", "c", "d", "e", "f"], None, "a, b, c, d, e and f"),
    ],
    ids=["one", "two", "one more than listed takes no more room", "many", "all"],
)
def test_names_are_listed_and_the_rest_is_counted(names: list[str], most: int | None, text: str) -> None:
    assert listed(names, most) == text


def test_one_and_several() -> None:
    assert [plural(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]


def test_a_subject_names_its_condition_where_there_are_several() -> None:
    assert subject("digits", Condition("s", "cpu", "")) == "digits"
    assert subject("digits", Condition("s", "cuda", "cuda")) == "digits [cuda]"
