"""Figures that would come out the same are not drawn again; whatever has changed is."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from optbench.reporting.figures import kept
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.figures.kept import Kept


def _draw(data: pd.DataFrame) -> Figure:
    figure = Figure()
    figure.subplots().plot(data["x"], data["y"])
    return figure


def drawing(y: float = 1.0, caption: str = "What it shows.") -> Drawing:
    data = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, y]})
    return Drawing("line", "A line", caption, functools.partial(_draw, data), data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    it = drawing()
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "line.svg").write_bytes(it.encoded("svg"))
    Kept(tmp_path).note([it], ["svg"])
    return tmp_path


def test_one_that_is_the_same_is_taken_from_its_file(folder: Path) -> None:
    data = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    again = Drawing("line", "A line", "What it shows.", functools.partial(_draw, data), data)
    assert Kept(folder).take([(again, ["svg"])]) == []
    assert again.encoded("svg") == (folder / "figures" / "line.svg").read_bytes()
    assert "figure" not in vars(again), "it was drawn"


@pytest.mark.parametrize("other", [drawing(2.0), drawing(caption="Something else.")])
def test_one_with_other_data_or_words_is_drawn(other: Drawing, folder: Path) -> None:
    assert [it is other for it in Kept(folder).take([(other, ["svg"])])] == [True]


def test_one_in_another_format_is_drawn(folder: Path) -> None:
    assert len(Kept(folder).take([(drawing(), ["svg", "pdf"])])) == 1


def test_a_file_that_somebody_changed_is_drawn_again(folder: Path) -> None:
    (folder / "figures" / "line.svg").write_text("mine")
    assert len(Kept(folder).take([(drawing(), ["svg"])])) == 1


def test_other_code_draws_everything_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_code", lambda: ("other",))
    assert len(Kept(folder).take([(drawing(), ["svg"])])) == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"line": 3}', '{"line": {"made of": null}}', "\0"])
def test_whatever_stands_in_the_list_is_no_mistake(content: str, folder: Path) -> None:
    (folder / "drawn.json").write_text(content)
    assert len(Kept(folder).take([(drawing(), ["svg"])])) == 1


def test_the_list_is_plain_json(folder: Path) -> None:
    assert set(json.loads((folder / "drawn.json").read_text())["line"]) == {"made of", "svg"}
