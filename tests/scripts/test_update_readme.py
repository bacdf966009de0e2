"""`python -m scripts.update_readme`: a results folder's tables and figure, between the marks in the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from optbench.analysis.analysis import analyse
from optbench.errors import UsageError
from optbench.reporting.plot import drawing
from optbench.reporting.text import summary
from optbench.store.load import read_results
from scripts.update_readme import update, update_readme
from tests.scripts.conftest import Run

README = "# optbench\n\nbefore\n<!-- result -->\nold\n<!-- /result -->\nafter\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return tmp_path


def test_what_is_between_the_marks_is_replaced_and_the_figure_copied(clone: Path, results: Path) -> None:
    update(clone, results)
    text = (clone / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# optbench\n\nbefore\n<!-- result -->\nThis is the result of that command (2")
    assert text.endswith("\n<!-- /result -->\nafter\n")
    assert f"```text\n{summary(analyse(read_results([results])))}\n```\n" in text
    assert "old" not in text
    figure = clone / "docs" / "images" / "learning-curves.svg"
    assert figure.read_bytes() == drawing(analyse(read_results([results])), "learning-curves").encoded("svg")


def test_writing_it_twice_changes_nothing(clone: Path, results: Path) -> None:
    update(clone, results)
    once = (clone / "README.md").read_bytes()
    update(clone, results)
    assert (clone / "README.md").read_bytes() == once


def test_a_page_without_the_marks_is_left_alone(clone: Path, results: Path) -> None:
    (clone / "README.md").write_text("# optbench\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"README.md has no places for result: one is needed"):
        update(clone, results)
    assert (clone / "README.md").read_text(encoding="utf-8") == "# optbench\n"


def test_a_folder_that_holds_no_results_is_one_line_and_exit_code_2(tmp_path: Path, script: Run) -> None:
    assert script(update_readme, tmp_path) == (
        2,
        [],
        [f"update-readme: {str(tmp_path)!r} is no results folder: it has no suite.json"],
    )
