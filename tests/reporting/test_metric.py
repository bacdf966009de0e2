from __future__ import annotations

import pytest

from optbench.components.task import Task
from optbench.reporting.metric import factor, label, unit


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("loss", ("test loss", 1.0, "")),
        ("accuracy", ("test accuracy (%)", 100.0, " %")),
        ("character_error_rate", ("test character error rate (%)", 100.0, " %")),
    ],
)
def test_shares_are_shown_in_per_cent(metric: str, expected: tuple[str, float, str]) -> None:
    task = Task(name="t", model="m", dataset="d", steps=1, metric=metric)
    assert (label(task, "test"), factor(task), unit(task)) == expected


def test_fewer_errors_are_better() -> None:
    assert not Task(name="t", model="m", dataset="d", steps=1, metric="character_error_rate").higher_is_better
