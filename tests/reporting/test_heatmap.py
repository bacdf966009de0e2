from __future__ import annotations

from dataclasses import replace

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.components.task import Task
from optbench.reporting.captions import caption
from optbench.reporting.figures.heatmap import draw_heatmap
from optbench.reporting.style import print_style
from optbench.reporting.tables.main import AVERAGE_RANK, main_table
from tests.support.campaign import OPTIMIZERS, TASKS, Folder, campaign

UNTUNED = Folder(protocol="defaults", crashing=frozenset())
DIVERGING = replace(UNTUNED, endings=dict.fromkeys([entry.name for entry in OPTIMIZERS], "diverged"))


def words(analysis: Analysis) -> list[str]:
    figure = draw_heatmap(analysis.quality, analysis.average_ranks, analysis.results.tasks)
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def explained(analysis: Analysis) -> str:
    (condition,) = analysis.conditions
    return caption("heatmap", analysis, condition, list(analysis.results.entries))


def test_ranks_are_explained_where_there_are_some() -> None:
    found = analyse(campaign(UNTUNED))
    assert "darkest is best" in explained(found) and "in brackets" in explained(found)
    table = main_table(found)
    assert "Bold: " in table.caption and table.columns[-1].text == AVERAGE_RANK


def test_a_single_entry_has_values_and_no_ranks() -> None:
    found = analyse(campaign(replace(UNTUNED, optimizers=OPTIMIZERS[:1])))
    assert len(words(found)) == 3
    assert "darkest" not in explained(found) and "bracket" not in explained(found)
    table = main_table(found)
    assert "Bold" not in table.caption and "rank" not in table.caption
    assert AVERAGE_RANK not in [column.text for column in table.columns]
    assert not any(cell.best for row in table.rows for cell in row)


def test_failed_tasks_are_called_so() -> None:
    found = analyse(campaign(DIVERGING))
    assert words(found) == ["task failed"] * len(found.quality)
    assert "Task failed: every entry" in main_table(found).caption


@pytest.mark.parametrize("tasks", [1, 14, 30])
def test_the_text_of_a_cell_fits_into_it(tasks: int) -> None:
    """Of however many tasks, and beside names of any length."""
    entries = tuple(OPTIMIZERS[0].model_copy(update={"name": f"{i}-{'optimizer-' * 12}"}) for i in range(2))
    named = tuple(TASKS[1].model_copy(update={"name": f"{'task-' * 12}{i}"}) for i in range(tasks))
    found = analyse(campaign(replace(UNTUNED, optimizers=entries, tasks=named, report_seeds=(1000,))))
    with print_style():
        figure = draw_heatmap(found.quality, found.average_ranks, found.results.tasks)
        figure.draw_without_rendering()
    (axis,) = figure.axes
    for text in axis.texts:
        assert text.get_window_extent().width < axis.get_window_extent().width / tasks


def test_what_is_measured_stands_above_a_column_where_there_is_room() -> None:
    headings = {
        n: draw_heatmap(found.quality, found.average_ranks, found.results.tasks).axes[0].get_xticklabels()[0].get_text()
        for n in (2, 14)
        if (found := analyse(campaign(replace(UNTUNED, tasks=several(n), report_seeds=(1000,)))))
    }
    assert headings == {2: "t0\ntest accuracy (%)", 14: "t0 (%)"}


def several(n: int) -> tuple[Task, ...]:
    return tuple(TASKS[1].model_copy(update={"name": f"t{i}"}) for i in range(n))
