"""Event files hold what the records say, whatever became of the run."""

from __future__ import annotations

import math
from pathlib import Path

import optbench
import pytest

from optbench_tensorboard.plugin import VARIABLE, optbench_run_finished


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the environment names."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "board"))
    return tmp_path / "board"


def only_file(root: Path) -> Path:
    (path,) = (path for path in root.rglob("*") if path.is_file())
    return path


def test_a_run_lies_under_its_task_and_optimizer_with_rate_seed_and_id(root, record):
    made = record()
    optbench_run_finished(made)
    expected = root / "t" / "adam-short" / f"lr-0.00316228-seed-1000-{made.run_id}"
    assert only_file(root) == expected / f"events.out.tfevents.{made.run_id}"


def test_scalars_stand_at_their_steps_and_missing_ones_are_missing(root, record, read):
    optbench_run_finished(record())
    assert read(only_file(root)).scalars == {
        "train/loss": {10: 1.5, 20: 0.75},
        "validation/loss": {0: 2.0, 10: 1.75, 20: 1.5},
        "validation/accuracy": {0: 0.0, 10: 0.25, 20: 0.5},
        "final/train-loss": {20: 0.625},
        "final/train-accuracy": {20: 0.875},
        "final/validation-loss": {20: 1.5},
        "final/validation-accuracy": {20: 0.5},
        "final/test-loss": {20: 1.75},
        "final/test-accuracy": {20: 0.375},
    }


def test_a_metric_that_is_the_loss_is_written_once(root, record, read):
    optbench_run_finished(record(metric="loss"))
    assert set(read(only_file(root)).scalars) == {
        "train/loss",
        "validation/loss",
        "final/train-loss",
        "final/validation-loss",
        "final/test-loss",
    }


def test_the_format_the_order_and_the_clock(root, record, read):
    optbench_run_finished(record())
    found = read(only_file(root))
    assert found.version == "brain.Event:2"
    assert found.order == ["version", "start", "0", "10", "20", "20", "end"]
    assert found.began == 1795435200.0
    assert found.seconds == {0: 0.0, 10: 0.5, 20: 1.0}


def test_suboptimality_is_the_share_of_the_way_to_the_optimum_that_is_left(root, record, read):
    plain = record().evaluations
    points = [
        point.model_copy(update={"train_eval_loss": loss}) for point, loss in zip(plain, (5.0, 3.0, 1.5), strict=True)
    ]
    optbench_run_finished(record(evaluations=points, optimum=1.0))
    scalars = read(only_file(root)).scalars
    assert scalars["train/whole-loss"] == {0: 5.0, 10: 3.0, 20: 1.5}
    assert scalars["train/suboptimality"] == {0: 1.0, 10: 0.5, 20: 0.125}


def test_diagnostics_are_there_under_their_names_infinite_ones_too(root, record, read):
    first, second, third = record().evaluations
    points = [
        first,
        second.model_copy(update={"diagnostics": {"gradient-norm.all": 0.5, "odd one: ü": math.inf}}),
        third.model_copy(update={"diagnostics": {"gradient-norm.all": math.nan}}),
    ]
    optbench_run_finished(record(evaluations=points))
    scalars = read(only_file(root)).scalars
    assert scalars["diagnostic/odd one: ü"] == {10: math.inf}
    assert scalars["diagnostic/gradient-norm.all"].keys() == {10, 20}
    assert scalars["diagnostic/gradient-norm.all"][10] == 0.5
    assert math.isnan(scalars["diagnostic/gradient-norm.all"][20])


def test_hyperparameters_are_numbers_words_and_flags(root, record, read):
    optbench_run_finished(record())
    assert read(only_file(root)).hyperparameters == {
        "task": "t",
        "optimizer": "adam-short",
        "schedule": "constant",
        "seed": 1000.0,
        "phase": "report",
        "device": "cpu",
        "status": "completed",
        "lr": 0.0031622776601683795,
        "betas": "[0.9, 0.95]",
        "amsgrad": False,
        "eps": 1e-8,
    }


@pytest.mark.parametrize(
    "status",
    [optbench.RunStatus.DIVERGED, optbench.RunStatus.FAILED, optbench.RunStatus.CRASHED, optbench.RunStatus.TIMEOUT],
)
def test_a_run_that_broke_leaves_the_curve_that_it_had(status, root, record, read):
    optbench_run_finished(record(status, points=2))
    found = read(only_file(root))
    assert found.order == ["version", "start", "0", "10", "end"]
    assert found.scalars["validation/loss"] == {0: 2.0, 10: 1.75}
    assert not [tag for tag in found.scalars if tag.startswith("final/")]
    assert found.hyperparameters["status"] == str(status)


@pytest.mark.parametrize("status", [optbench.RunStatus.SKIPPED, optbench.RunStatus.FAILED])
def test_a_run_without_a_curve_leaves_nothing(status, root, record):
    optbench_run_finished(record(status, points=0))
    assert not root.exists()


def test_a_run_that_is_made_again_replaces_what_the_first_attempt_left(root, record, read):
    optbench_run_finished(record(optbench.RunStatus.FAILED, points=2))
    optbench_run_finished(record(started="2026-11-24T12:00:00+00:00"))
    found = read(only_file(root))
    assert found.hyperparameters["status"] == "completed"
    assert found.began == 1795521600.0


def test_a_file_is_whole_or_not_there(root, record, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tensorboardX.RecordWriter.write", full)
    with pytest.raises(OSError, match="No space left"):
        optbench_run_finished(record())
    assert not list(root.rglob("*tfevents*"))


def test_without_a_folder_it_is_tensorboard_in_the_current_one_and_an_empty_one_is_none(record, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "")
    optbench_run_finished(record())
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv(VARIABLE)
    optbench_run_finished(record())
    assert [path.name for path in tmp_path.iterdir()] == ["tensorboard"]


def test_what_is_read_back_can_differ(root, record, read):
    optbench_run_finished(record())
    path = only_file(root)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(AssertionError):
        read(path)
