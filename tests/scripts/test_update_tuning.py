"""`python -m scripts.update_tuning`: the effort curve of a results folder, between the marks in docs/protocol.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from optbench.errors import UsageError
from optbench.store.results import Results
from scripts import update_tuning
from tests.scripts.conftest import Run
from tests.support.campaign import Folder, campaign

PAGE = "# Protocol\n\n<!-- tuning -->\nold\n<!-- /tuning -->\nafter\n"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose results folder `x` holds draws, and `grid` a grid."""

    def read(folders: list[Path]) -> Results:
        results = campaign(Folder(protocol="lr-grid" if folders[0].name == "grid" else "qmc"))
        results.sources[0].environments[0]["cores"] = 2
        return Results(results.frame.assign(started="2026-11-26T00:00:00"), results.sources)

    monkeypatch.setattr(update_tuning, "read_results", read)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "protocol.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_figure_and_numbers_are_those_of_the_run(clone: Path) -> None:
    update_tuning.update(clone, Path("x"))
    text = (clone / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Protocol\n\n<!-- tuning -->\n![Tuning effort of the suite tuned](images/tuning-effort.svg)"
    )
    assert text.endswith("\n<!-- /tuning -->\nafter\n")
    assert "old" not in text
    assert "| quadratic | sgd | validation loss | 9 | 2 | " in text
    assert "| task | optimizer | learning rate | trials | diverged |" in text
    assert (clone / "docs" / "images" / "tuning-effort.svg").read_text().startswith("<?xml")


def test_results_without_draws_are_refused(clone: Path) -> None:
    with pytest.raises(UsageError, match=r"'grid' has no effort curve: its protocol draws no settings"):
        update_tuning.update(clone, Path("grid"))


def test_a_folder_that_holds_no_results_is_one_line_and_exit_code_2(tmp_path: Path, script: Run) -> None:
    assert script(update_tuning.update_tuning, tmp_path) == (
        2,
        [],
        [f"update-tuning: {str(tmp_path)!r} is no results folder: it has no suite.json"],
    )
