from __future__ import annotations

import math

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.drawings import drawings
from optbench.reporting.figures.across import draw_across
from optbench.reporting.style import looks
from optbench.reporting.tables.across import across_table
from optbench.reporting.tables.robustness import robustness_table, transfer_table
from tests.support.campaign import OPTIMIZERS, TASKS, Folder, campaign


@pytest.fixture(scope="module")
def few() -> Analysis:
    return analyse(campaign())


@pytest.fixture(scope="module")
def seven() -> Analysis:
    tasks = tuple(TASKS[i % 3].model_copy(update={"name": f"{TASKS[i % 3].name}-{i}"}) for i in range(7))
    return analyse(campaign(Folder(tasks=tasks, crashing=frozenset())))


def test_with_few_tasks_no_two_ranks_are_told_apart(few: Analysis) -> None:
    table = across_table(few)
    assert [column.text for column in table.columns] == [
        "optimizer", "average rank", "score", "solved", "speed-up", "IQM", "P(improvement)",
    ]  # fmt: skip
    assert "with fewer than 6 tasks no two ranks can be told apart" in table.caption
    assert "No entry solves digits-mlp" in table.caption
    assert "1 is the last target (digits-mlp) or the best mean of an entry (quadratic and chars)" in table.caption
    assert table.rows[0][1].text == "1.00 (1.00 – 1.33)"


def test_with_enough_tasks_there_is_a_critical_difference(few: Analysis, seven: Analysis) -> None:
    assert "two differ if they are 1.77 apart (Nemenyi, 5 %)" in across_table(seven).caption
    assert across_table(seven).columns[-1].text == "p"
    look = looks([entry.name for entry in OPTIMIZERS])
    with_bars, without = (
        draw_across(analysis.across[0].table, analysis.across[0].critical_difference, look) for analysis in (seven, few)
    )
    assert len(with_bars.axes[0].collections) == 1 and not without.axes[0].collections


def test_captions_say_what_the_figures_may_not_be_read_for(few: Analysis) -> None:
    drawn = drawings(few)
    (across,), (profile,), (reached,) = (drawn[n] for n in ("across-tasks", "performance-profile", "reached"))
    assert "With 3 tasks, fewer than 6, there is no critical difference" in across.caption
    assert "Tasks: quadratic, digits-mlp." in profile.caption
    assert {axis.get_title() for axis in reached.figure.axes} == {
        "quadratic: 1e-2",
        "digits-mlp: easy",
        "digits-mlp: hard",
    }


def test_few_seeds_have_no_intervals_and_one_task_no_table() -> None:
    table = across_table(analyse(campaign(Folder(report_seeds=(1000, 1001, 1002)))))
    assert "In brackets: 95" not in table.caption
    assert table.rows[0][1].text == "1.00"
    alone = analyse(campaign(Folder(tasks=TASKS[:1])))
    assert across_table(alone).rows == () and not drawings(alone)["across-tasks"]


def test_dependence_on_the_learning_rate_has_a_row_for_each_cell(few: Analysis) -> None:
    texts = {(row[0].text, row[1].text): [cell.text for cell in row[2:]] for row in robustness_table(few).rows}
    assert texts["chars", "momentum"][1].endswith("(1.5)"), "the best rate is at the end of the grid"
    assert texts["chars", "momentum"][2].startswith("≥ ")
    assert texts["chars", "adamw"][-1] == "1/5 (4 – 62 %)"
    assert [row[0].text for row in transfer_table(few).rows] == [entry.name for entry in OPTIMIZERS]
    never = few.robustness.assign(divergence_margin=math.inf, tuning_gain=math.inf)
    shown = robustness_table(type(few)(**{**vars(few), "robustness": never})).rows[0]
    assert [cell.text for cell in shown[5:7]] == ["none", "did not complete"]
