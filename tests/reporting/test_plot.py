"""One figure, by its name."""

from __future__ import annotations

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.errors import UnknownName, UsageError
from optbench.reporting.drawings import drawings
from optbench.reporting.plot import drawing
from tests.support.campaign import Folder, campaign


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(campaign())


def test_every_figure_of_a_report_has_its_name_and_that_of_its_files(analysis: Analysis) -> None:
    for name, drawn in drawings(analysis).items():
        for found in drawn:
            assert drawing(analysis, found.name).title == found.title
        if len(drawn) == 1:
            assert drawing(analysis, name).title == drawn[0].title


def test_a_wrong_name_has_the_closest(analysis: Analysis) -> None:
    with pytest.raises(UnknownName, match=r"^unknown figure 'learning-curve'; did you mean 'learning-curves'\?$"):
        drawing(analysis, "learning-curve")


def test_a_figure_that_has_nothing_to_show_is_refused_with_those_that_have(analysis: Analysis) -> None:
    with pytest.raises(
        UsageError, match=r"^figure 'layers': these results have nothing to show in it; there is: .*costs"
    ):
        drawing(analysis, "layers")


def test_of_several_one_is_to_be_chosen() -> None:
    both = analyse(campaign(Folder(devices=("cpu", "cuda"))))
    with pytest.raises(UsageError, match=r"^figure 'costs': .* choose one of 'costs-cpu' and 'costs-cuda'$"):
        drawing(both, "costs")
    assert drawing(both, "costs-cuda").name == "costs-cuda"


def test_some_tasks_and_optimizers_are_shown_by_themselves() -> None:
    part = campaign().only(tasks=["chars"], optimizers=["adamw", "sgd"])
    assert set(part.frame["task"]) == set(part.tasks) == {"chars"}
    assert set(part.frame["optimizer"]) == set(part.entries) == {"adamw", "sgd"}
    figure = drawing(analyse(part), "learning-curves").figure
    assert [axes.get_title() for axes in figure.axes] == ["chars"]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"adamw", "sgd"}
    whole = analyse(campaign()).curves.query("task == 'chars' and optimizer == 'sgd'")
    assert analyse(part).curves.query("optimizer == 'sgd'")["mean"].tolist() == whole["mean"].tolist()
    with pytest.raises(UnknownName, match=r"^unknown optimizer of these results 'adma'; did you mean 'adamw'\?$"):
        campaign().only(optimizers=["adma"])
    with pytest.raises(UnknownName, match=r"^unknown task of these results 'char'; did you mean 'chars'\?$"):
        campaign().only(tasks=["char"])
