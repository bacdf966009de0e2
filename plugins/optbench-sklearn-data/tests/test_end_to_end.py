"""The suite by its name on the command line, in the smoke profile; two of its tasks, to save time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import optbench
import pandas as pd
import pytest

TASKS = ["sk.low-rank-linear", "sk.moons-mlp"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    arguments = ["run", "sk-tabular", "--profile", "smoke", "--device", "cpu", "--results", str(root)]
    arguments += [word for task in TASKS for word in ("-t", task)]
    done = subprocess.run([sys.executable, "-m", "optbench", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root / "sk-tabular-smoke"


@pytest.fixture(scope="module")
def runs(results: Path) -> pd.DataFrame:
    return optbench.load_results(results).drop_duplicates("run_id")


def test_every_planned_run_is_recorded_and_none_failed(runs: pd.DataFrame) -> None:
    """Five learning rates and two report seeds for each of two tasks and four optimizers."""
    assert len(runs) == 2 * 4 * (5 + 2)
    assert set(runs.status) <= {"completed", "diverged"}
    assert set(runs[runs.phase == "report"].status) == {"completed"}


def test_every_optimizer_starts_alike(results: Path) -> None:
    frame = optbench.load_results(results)
    start = frame[frame.step == 0]
    assert start.groupby(["task", "seed"]).validation_loss.nunique().eq(1).all()


def test_on_each_task_something_is_learnt(results: Path, runs: pd.DataFrame) -> None:
    """A short run at a rate that one tuning seed chose may fail; the best of four optimizers does not."""
    frame = optbench.load_results(results)
    start = frame[frame.step == 0].groupby("task").validation_loss.mean()
    best = runs[runs.phase == "report"].groupby("task").final_validation_loss.min()
    assert set(best.index) == set(TASKS)
    assert (best < 0.5 * start).all()


def test_no_run_beats_the_known_optimum(runs: pd.DataFrame) -> None:
    known = runs[(runs.task == "sk.low-rank-linear") & (runs.status == "completed") & (runs.phase == "report")]
    assert len(known) and (known.final_train_eval_loss > known.optimum).all()
    assert known.optimum.max() == pytest.approx(known.optimum.min(), rel=1e-9)


def test_the_report_shows_tasks_and_targets(results: Path) -> None:
    page = (results / "report" / "index.html").read_text()
    for task in TASKS:
        assert task in page
    assert "suboptimality" in page
