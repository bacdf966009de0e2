from __future__ import annotations

from dataclasses import replace

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.captions import caption
from optbench.reporting.figures.heatmap import draw_heatmap
from optbench.reporting.tables.main import AVERAGE_RANK, main_table
from tests.support.campaign import OPTIMIZERS, Folder, campaign

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
