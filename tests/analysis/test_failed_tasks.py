from __future__ import annotations

import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import failed_tasks, on_failed_task
from tests.support.campaign import OPTIMIZERS, TASKS, Folder, campaign

HERE = Condition("s", "cpu", "")
TUPLE = "AttributeError: 'tuple' object has no attribute 'flatten'"
DIGITS = frozenset((entry.name, "digits-mlp") for entry in OPTIMIZERS)


def runs(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Runs of one task from (optimizer, status, reason)."""
    table = pd.DataFrame(rows, columns=["optimizer", "status", "reason"])
    return table.assign(source="s", device="cpu", task="t")


def test_what_fails_for_every_entry_in_the_same_way_is_the_tasks_fault() -> None:
    (failed,) = failed_tasks(runs(("a", "failed", TUPLE), ("b", "failed", TUPLE), ("b", "failed", TUPLE)), (HERE,))
    assert failed.at_fault
    assert (failed.task, failed.status, failed.count, failed.optimizers) == ("t", "failed", 3, ("a", "b"))
    assert failed.reasons == (TUPLE,)


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "failed", TUPLE), ("b", "completed", "")],
        [("a", "failed", TUPLE), ("b", "failed", "RuntimeError: does not have a grad_fn")],
        [("a", "failed", TUPLE), ("b", "crashed", TUPLE)],
        [("a", "failed", TUPLE), ("a", "completed", ""), ("b", "failed", TUPLE)],
    ],
    ids=["one completed", "another reason", "another status", "another run of one completed"],
)
def test_what_one_entry_does_and_another_does_not_is_not(rows: list[tuple[str, str, str]]) -> None:
    assert failed_tasks(runs(*rows), (HERE,)) == ()


def test_reasons_may_differ_in_their_numbers_and_an_entry_may_fail_in_other_ways_too() -> None:
    table = runs(
        ("a", "crashed", "killed by signal 11"),
        ("a", "diverged", "training loss 1e9 at step 3"),
        ("b", "diverged", "training loss nan at step 12"),
    )
    (failed,) = failed_tasks(table, (HERE,))
    assert (failed.status, failed.count) == ("diverged", 3)
    assert failed.reasons[-1] == "killed by signal 11", "what all have in common comes first"


def test_skipped_runs_follow_from_the_others() -> None:
    table = runs(("a", "failed", TUPLE), ("a", "skipped", "no tuning run succeeded"), ("b", "failed", TUPLE))
    (failed,) = failed_tasks(table, (HERE,))
    assert (failed.status, failed.count) == ("failed", 2)


def test_of_an_entry_alone_it_cannot_be_told() -> None:
    (failed,) = failed_tasks(runs(("a", "failed", TUPLE)), (HERE,))
    assert not failed.at_fault
    assert not on_failed_task(runs(("a", "failed", TUPLE)), (failed,)).any()


def test_conditions_are_judged_apart() -> None:
    both = pd.concat([runs(("a", "failed", TUPLE), ("b", "failed", TUPLE)), runs(("a", "completed", ""))])
    both["device"] = ["cpu", "cpu", "cuda"]
    failed = failed_tasks(both, (HERE, Condition("s", "cuda", "")))
    assert [(task.condition.device, task.at_fault) for task in failed] == [("cpu", True)]
    assert on_failed_task(both, failed).tolist() == [True, True, False]


@pytest.fixture(scope="module")
def broken() -> Analysis:
    """The task `digits-mlp` crashes for every optimizer."""
    return analyse(campaign(Folder(crashing=DIGITS)))


def test_nobody_is_ranked_on_a_failed_task(broken: Analysis) -> None:
    cells = broken.quality[broken.quality["task"] == "digits-mlp"]
    assert cells["task_failed"].all() and cells["rank"].isna().all()
    assert not cells["best"].any() and set(cells["flags"]) == {""}
    others = broken.quality[broken.quality["task"] != "digits-mlp"]
    means = others.groupby("optimizer")["rank"].mean()
    assert set(broken.average_ranks["n_tasks"]) == {2}
    for row in broken.average_ranks.to_dict("records"):
        assert row["average_rank"] == pytest.approx(means[row["optimizer"]])
    assert "digits-mlp" not in set(broken.targets["task"])


def test_a_failed_task_is_no_failure_of_the_optimizers(broken: Analysis) -> None:
    assert {failure.optimizer for failure in broken.failures} == {"adamw"}, "which diverged on another task"
    assert {failure.status for failure in broken.shared_failures} == {"diverged"}
    totals = broken.totals.set_index("optimizer")
    assert (totals.loc["sgd", "planned"], totals.loc["sgd", "completed"], totals.loc["sgd", "crashed"]) == (10, 10, 0)
    (failed,) = broken.failed_tasks
    assert failed.count == 9 * len(OPTIMIZERS)


def test_an_entry_alone_is_neither_ranked_nor_best() -> None:
    alone = analyse(campaign(Folder(optimizers=OPTIMIZERS[:1])))
    assert alone.average_ranks.empty
    assert alone.quality["rank"].isna().all() and not alone.quality["best"].any()
    assert all(not verdict.best and verdict.only is not None for verdict in alone.verdicts)


def test_the_only_entry_with_results_in_a_condition_is_neither_ranked_nor_best() -> None:
    crashing = frozenset(("momentum", task.name) for task in TASKS)
    found = analyse(campaign(Folder(optimizers=OPTIMIZERS[:2], crashing=crashing)))
    assert found.average_ranks.empty and not found.quality["best"].any()
    assert {verdict.without_result for verdict in found.verdicts} == {("momentum",)}


def test_where_others_fail_on_one_task_only_their_failures_count_in_the_average() -> None:
    found = analyse(campaign(Folder(optimizers=OPTIMIZERS[:2], crashing=frozenset({("momentum", "chars")}))))
    assert found.average_ranks.set_index("optimizer")["n_tasks"].to_dict() == {"sgd": 3, "momentum": 3}
    verdict = next(verdict for verdict in found.verdicts if verdict.task == "chars")
    assert not verdict.best and verdict.only is not None and verdict.only.optimizer == "sgd"
    wins = found.leaderboard.set_index("optimizer")["wins"]
    assert wins["sgd"] == 3, "what nobody else can do is won"
