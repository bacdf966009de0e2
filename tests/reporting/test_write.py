from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from optbench.errors import UsageError
from optbench.reporting.write import write_report
from optbench.store.frame import COLUMNS
from tests.support.campaign import TASKS, Folder, campaign

FIGURES = {
    "across-tasks",
    "costs",
    "final-values",
    "fit",
    "heatmap",
    "learning-curves",
    "learning-curves-seconds",
    "lr-sensitivity",
    "performance-profile",
    "reached",
    "steps-to-target",
}


def test_every_figure_comes_in_every_format_with_its_data(folder: Path) -> None:
    assert {path.name for path in (folder / "figures").iterdir()} == {
        f"{name}.{format}" for name in FIGURES for format in ("svg", "pdf", "png")
    }
    data = {path.stem.removeprefix("figure-") for path in (folder / "tables").glob("figure-*.csv")}
    assert data == FIGURES


def test_nothing_unfinished_is_left(folder: Path) -> None:
    assert list(folder.rglob("*.part")) == []


def test_tables_have_one_row_per_what_they_list(folder: Path) -> None:
    rows = {path.stem: len(pd.read_csv(path)) for path in (folder / "tables").glob("*.csv")}
    assert rows["main-result"] == rows["tuned"] == 12
    assert rows["targets"] == 3 * 4
    assert rows["figure-steps-to-target"] == 3 * 4 * 5
    assert rows["costs"] == rows["auc"] == rows["robustness"] == 11
    assert rows["across-tasks"] == rows["transfer"] == 4
    assert rows["suboptimality"] == rows["runs-by-status"] == 4
    assert rows["figure-lr-sensitivity"] == 12 * 15 - 6 - 2
    assert rows["figure-learning-curves"] == 11 * 11


def test_numbers_in_csv_files_are_not_rounded(folder: Path) -> None:
    table = pd.read_csv(folder / "tables" / "main-result.csv").set_index(["task", "optimizer"])
    frame = campaign().frame.drop_duplicates("run_id").query("phase == 'report'")
    for cell, mean in frame.groupby(["task", "optimizer"])["final_test_metric"].mean().dropna().items():
        assert table.loc[cell, "mean"] == pytest.approx(mean, rel=1e-12)


def test_the_same_results_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_report(campaign(), tmp_path)
    compared = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert len(compared) > 2 * len(FIGURES)
    assert [path for path in compared if (tmp_path / path).read_bytes() != (folder / path).read_bytes()] == []


def test_other_results_give_other_bytes(folder: Path, tmp_path: Path) -> None:
    write_report(campaign(Folder(machine="other")), tmp_path, ("svg",))
    assert (tmp_path / "figures" / "final-values.svg").read_bytes() != (
        folder / "figures" / "final-values.svg"
    ).read_bytes()


def test_no_run_is_a_clear_mistake_and_writes_nothing(tmp_path: Path) -> None:
    empty = dataclasses.replace(campaign(), frame=pd.DataFrame(columns=list(COLUMNS)))
    with pytest.raises(UsageError, match="no recorded runs"):
        write_report(empty, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_seconds_of_several_machines_are_not_drawn_together(tmp_path: Path) -> None:
    results = campaign(Folder(tasks=TASKS[1:2]))
    results.frame.loc[results.frame["seed"] == 1001, "machine"] = "elsewhere"
    write_report(results, tmp_path, ("svg",))
    names = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert "learning-curves" in names and "learning-curves-seconds" not in names
