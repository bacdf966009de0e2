"""What a report shows of a search over several hyper-parameters, and of what it was worth."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.allruns import all_runs
from optbench.reporting.drawings import drawings
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.tables.effort import effort_table
from optbench.reporting.tables.table import Table
from optbench.reporting.tables.tuned import tuned_table
from tests.support.campaign import Folder, campaign


def drawn(protocol: Any, **others: float) -> Analysis:
    """A campaign whose trials are draws, of other hyper-parameters too."""
    results = campaign(Folder(protocol=protocol))
    settings = [json.dumps({"lr": lr} | others) for lr in results.frame["lr"]]
    return analyse(dataclasses.replace(results, frame=results.frame.assign(setting=settings)))


@pytest.fixture(scope="module")
def qmc() -> Analysis:
    return drawn("qmc", momentum=0.95, weight_decay=0.0123)


@pytest.fixture(scope="module")
def figures(qmc: Analysis) -> dict[str, tuple[Drawing, ...]]:
    return drawings(qmc)


@pytest.fixture(scope="module")
def random() -> dict[str, tuple[Drawing, ...]]:
    """The figures of independent draws of the learning rate alone."""
    return drawings(drawn("random"))


def column(table: Table, name: str) -> list[str]:
    place = [found.text for found in table.columns].index(name)
    return [row[place].text for row in table.rows]


def test_the_figure_has_a_panel_for_each_task_and_a_line_for_each_entry(figures: Any) -> None:
    (drawing,) = figures["tuning-effort"]
    panels = drawing.figure.axes
    assert [axis.get_title() for axis in panels] == ["quadratic", "digits-mlp", "chars"]
    assert [len(axis.lines) for axis in panels] == [4, 4, 4]
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["1", "2", "5"]
    assert [axis.get_ylabel() for axis in panels] == ["validation loss", "validation error (%)", "validation loss"]
    assert drawing.data.shape[0] == 3 * 4 * 9


def test_the_caption_says_what_the_curve_is_and_where_it_is_an_approximation(figures: Any, random: Any) -> None:
    assert "mean over all subsets of k" in figures["tuning-effort"][0].caption
    assert "an approximation" in figures["tuning-effort"][0].caption
    assert "an approximation" not in random["tuning-effort"][0].caption


def test_no_line_connects_learning_rates_with_which_something_else_was_tuned(figures: Any, random: Any) -> None:
    lines = figures["lr-sensitivity"][0].figure.axes[2].lines
    assert all(line.get_linestyle() == "None" for line in lines)
    assert any(line.get_linestyle() != "None" for line in random["lr-sensitivity"][0].figure.axes[2].lines)


def test_the_table_has_a_column_for_some_numbers_of_trials(qmc: Analysis) -> None:
    table = effort_table(qmc)
    assert [found.text for found in table.columns][2:] == [
        "value", "trials", "failed", "k = 1", "k = 2", "k = 3", "k = 5", "k = 9",
    ]  # fmt: skip
    assert len(table.rows) == 3 * 4
    assert column(table, "value")[4] == "validation error (%)"
    assert set(table.data) >= {"best_of_1", "best_of_9"}


def test_what_else_was_tuned_is_shown_with_what_was_selected(qmc: Analysis) -> None:
    table = tuned_table(qmc)
    assert column(table, "also tuned")[0] == "momentum 0.95, weight_decay 0.0123"
    assert column(table, "weight decay")[2] == "0.0123 (decoupled_lr)"
    assert qmc.tuned["lr_times_weight_decay"][0] == pytest.approx(qmc.tuned["lr"][0] * 0.0123)


def test_the_list_of_runs_shows_each_setting(qmc: Analysis, analysis: Analysis) -> None:
    searched, plain = all_runs(qmc), all_runs(analysis)
    place = searched.columns.index("also")
    assert {row[place] for row in searched.rows} == {"momentum 0.95, weight_decay 0.0123"}
    assert "also" not in plain.columns
    assert {len(plain.columns)} == {len(row) for row in plain.rows}


def test_a_grid_shows_neither(analysis: Analysis) -> None:
    assert drawings(analysis)["tuning-effort"] == ()
    assert effort_table(analysis).rows == ()
    assert "also tuned" not in [found.text for found in tuned_table(analysis).columns]


def test_the_settings_of_several_studies_stand_side_by_side() -> None:
    results = campaign(Folder(protocol="qmc"))
    studies = results.frame["seed"].mod(2).map({0: 0.9, 1: 0.99})
    settings = [json.dumps({"lr": lr, "momentum": m}) for lr, m in zip(results.frame["lr"], studies, strict=True)]
    table = tuned_table(analyse(dataclasses.replace(results, frame=results.frame.assign(setting=settings))))
    assert column(table, "also tuned")[0] == "lr 0.1, momentum 0.9 | lr 0.1, momentum 0.99"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(campaign())
