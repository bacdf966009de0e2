from __future__ import annotations

import pytest

from optbench.analysis.analysis import analyse
from optbench.reporting.text import WIDEST, summary
from tests.support.campaign import OPTIMIZERS, TASKS, Folder, campaign


def test_summary_says_what_the_page_says() -> None:
    text = summary(analyse(campaign())).replace("\u00a0", " ")
    assert "optimizer" in text and "average rank" in text
    assert "(4/5)‡" in text and "† the selected setting" in text
    said = " ".join(text.split())
    assert (
        "digits-mlp (in place of mnist-mlp, whose data is not available): sgd has the best mean (test accuracy 9"
        in said
    )
    assert "lbfgs: 9 runs crashed (killed by signal 11) on digits-mlp." in text
    assert "\x1b" not in text


@pytest.mark.parametrize("n", [1, 3, 11])
def test_lines_are_at_most_as_wide_as_the_terminal_and_tables_break_into_blocks(n: int) -> None:
    tasks = tuple(TASKS[i % 3].model_copy(update={"name": f"a-task-with-a-name-{i}"}) for i in range(n))
    text = summary(analyse(campaign(Folder(tasks=tasks))))
    assert max(map(len, text.splitlines())) <= WIDEST
    headings = [line for line in text.splitlines() if line.startswith("optimizer")]
    assert len(headings) == {1: 1, 3: 1, 11: 3}[n]


def test_a_narrow_terminal_gets_narrow_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    text = summary(analyse(campaign()))
    assert 60 < max(map(len, text.splitlines())) <= 72


def test_columns_are_aligned() -> None:
    lines = summary(analyse(campaign())).splitlines()
    rule = next(i for i, line in enumerate(lines) if line.startswith("---"))
    assert {len(line) for line in lines[rule - 1 : rule + 5]} == {len(lines[rule])}


def test_smoke_is_called_exploratory_first() -> None:
    assert summary(analyse(campaign(Folder(profile="smoke")))).startswith("Smoke profile: exploratory")


def test_one_seed_prints_no_half_width() -> None:
    assert "±" not in summary(analyse(campaign(Folder(report_seeds=(1000,)))))


def test_a_task_that_fails_for_all_is_told_once_and_nobody_is_ranked_on_it() -> None:
    text = summary(analyse(campaign(Folder(crashing=frozenset((entry.name, "digits-mlp") for entry in OPTIMIZERS)))))
    said = " ".join(text.split())
    assert text.count("task failed") == len(OPTIMIZERS)
    assert "all 4 entries that ran failed in the same way, so the task is at fault and no entry is ranked" in said
    assert text.count("killed by signal 11") == 1
    assert "(over 2 of 3 tasks)" in said


@pytest.mark.parametrize("crashing", [frozenset(), frozenset(("momentum", task.name) for task in TASKS)])
def test_an_entry_alone_and_the_only_one_with_results_are_not_called_best(
    crashing: frozenset[tuple[str, str]],
) -> None:
    text = summary(analyse(campaign(Folder(optimizers=OPTIMIZERS[: 1 + bool(crashing)], crashing=crashing))))
    assert "sgd has a result" in text and "best" not in text and "*" not in text and "rank" not in text
    assert text.count("no result from momentum") == (len(TASKS) if crashing else 0)
