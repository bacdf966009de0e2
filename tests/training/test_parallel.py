"""A run that is spread over processes is the run of one process, and breaks in one piece."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

import optbench
from optbench.components.task import Task
from tests.conftest import SUPPORT

PLUGIN = SUPPORT / "fails_in_a_follower.py"

SUITE = """
name = "parallel"
[protocol]
name = "defaults"
report_seeds = [1000]
[[tasks]]
name = "digits-mlp"
model = "mlp"
dataset = "digits"
metric = "accuracy"
steps = 12
batch_size = 32
evaluations = 4
precision = "float64"
l2 = 0.01
clip_norm = 1.0
processes = {processes}
[[optimizers]]
name = "{optimizer}"
"""


@pytest.fixture
def run(write_suite: Callable[[str], Path], tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """Run an optimizer with so many processes and return its evaluation points."""

    def run_here(optimizer: str, processes: int) -> pd.DataFrame:
        suite = write_suite(SUITE.format(optimizer=optimizer, processes=processes))
        finished = optbench.run(suite, results=tmp_path / str(processes), devices=["cpu"], jobs=1, plugins=[PLUGIN])
        return optbench.load_results(finished.folder)

    return run_here


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_two_processes_take_the_steps_of_one_at_the_same_batch(
    run: Callable[..., pd.DataFrame], optimizer: str
) -> None:
    alone, together = run(optimizer, 1), run(optimizer, 2)
    assert set(alone.status) == set(together.status) == {"completed"}
    assert len(alone) == 4
    for column in ("train_loss", "validation_loss", "gradient_evaluations", "samples"):
        assert together[column].tolist() == pytest.approx(alone[column].tolist(), rel=1e-9, nan_ok=True)
    assert alone.validation_loss.iloc[-1] < alone.validation_loss.iloc[0]


def test_what_one_of_the_processes_raises_is_the_runs_reason(run: Callable[..., pd.DataFrame]) -> None:
    (reason,) = set(run("fails-in-a-follower", 2).reason)
    assert reason == "RuntimeError: process 1 of the run: ValueError: not here"
    assert set(run("fails-in-a-follower", 1).status) == {"completed"}


@pytest.mark.parametrize("batch_size", [33, "full"])
def test_a_batch_that_cannot_be_shared_is_refused(batch_size: int | Literal["full"]) -> None:
    with pytest.raises(ValueError, match=r"cannot be shared by 2 processes: use a multiple of it"):
        Task(name="t", model="m", dataset="d", steps=1, batch_size=batch_size, processes=2)


ODD = """
name = "odd"
protocol = {{ name = "defaults", report_seeds = [1000] }}
optimizers = ["adam"]
[[tasks]]
name = "unused"
model = "unused"
dataset = "one-input"
dataset_options = {{ ignored = true }}
l2 = 0.01
clip_norm = 1.0
{settings}
[[tasks]]
name = "several"
model = "two-inputs"
dataset = "several-inputs"
{settings}
[[tasks]]
name = "auxiliary"
model = "auxiliary"
dataset = "one-input"
output = "logits"
{settings}
"""


def test_odd_models_and_ignored_targets_are_shared_too(
    write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None
) -> None:
    """A layer that only the penalty reaches, unequally many targets in parts of a batch, two inputs, two outputs."""
    frames = []
    for processes in (1, 2):
        settings = f'steps = 4\nbatch_size = 8\nevaluations = 3\nprecision = "float64"\nprocesses = {processes}'
        suite = write_suite(ODD.format(settings=settings))
        results = tmp_path / str(processes)
        finished = optbench.run(suite, results=results, devices=["cpu"], jobs=1, plugins=[SUPPORT / "odd_models.py"])
        frames.append(optbench.load_results(finished.folder).sort_values(["task", "step"]))
    alone, together = frames
    assert set(alone.status) == set(together.status) == {"completed"}, set(together.reason)
    for column in ("train_loss", "validation_loss"):
        assert together[column].tolist() == pytest.approx(alone[column].tolist(), rel=1e-9, nan_ok=True)
