from __future__ import annotations

import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.failures import failures, shared_failures

HERE = Condition("s", "cpu", "")


def runs(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Report runs from (optimizer, status, reason)."""
    table = pd.DataFrame(rows, columns=["optimizer", "status", "reason"])
    return table.assign(source="s", device="cpu", task="t", is_report=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("training loss 4.45e+04 at step 20", "training loss 6.3e+06 at step 2"),
        ("training loss nan at step 7", "training loss inf at step 12"),
        ("still running after 10 s", "still running after 60.5 s"),
        ("cannot multiply (10x3 and 5x6)", "cannot multiply (8x3 and 1x6)"),
        ("object at 0x7f3a12", "object at 0x55c0ff"),
    ],
)
def test_reasons_that_differ_in_numbers_are_one_kind(one: str, other: str) -> None:
    (kind,) = shared_failures(runs(("a", "failed", one), ("b", "failed", other), ("b", "failed", other)), (HERE,))
    assert kind.optimizers == ("a", "b") and kind.count == 3
    assert kind.reasons == (other, one), "the most frequent wording first"


def test_other_words_or_another_status_are_another_kind() -> None:
    found = shared_failures(
        runs(("a", "timeout", "slow"), ("b", "failed", "odd"), ("c", "failed", "even"), ("d", "failed", "even")),
        (HERE,),
    )
    assert [kind.optimizers for kind in found] == [("c", "d"), ("b",), ("a",)]


def test_skipped_runs_are_told_only_where_nothing_else_explains_them() -> None:
    table = runs(("a", "skipped", "no trial"), ("a", "crashed", "signal 11"), ("b", "skipped", "no trial"))
    assert {(t.optimizer, t.status) for t in failures(table, (HERE,))} == {("a", "crashed"), ("b", "skipped")}
    assert [(t.status, t.optimizers) for t in shared_failures(table, (HERE,))] == [
        ("crashed", ("a",)),
        ("skipped", ("b",)),
    ]


def test_both_views_tell_of_the_same_runs(analysis: Analysis) -> None:
    assert sum(t.count for t in analysis.shared_failures) == sum(t.count for t in analysis.failures) == 10


def test_without_trouble_there_is_nothing_to_tell() -> None:
    assert shared_failures(runs(("a", "completed", "")), (HERE,)) == ()
