"""What a run is built of."""

from __future__ import annotations

from typing import Any

import torch

from optbench.components.task import Task
from optbench.registry.registry import Registry
from optbench.runs.spec import Phase, RunSpec
from optbench.training.build import build_training
from optbench.training.training import Training


def built(phase: Phase, registry: Registry) -> Training:
    task = Task(name="t", model="linear", dataset="diabetes", loss="mse", steps=3, batch_size=8)
    spec: dict[str, Any] = {"data_checksum": "", "optimizer": "sgd", "component": "sgd", "revisions": {}, "seed": 0}
    run = RunSpec(task=task, hyperparameters={"lr": 0.1}, schedule="constant", phase=phase, device="cpu", **spec)
    return build_training(run, registry, (), torch.device("cpu"))


def test_a_tuning_run_is_built_without_the_test_examples(registry: Registry) -> None:
    tuning, report = built("tune", registry), built("report", registry)
    assert (len(tuning.splits.test), tuning.is_report) == (0, False)
    assert len(report.splits.test) > 0 and report.is_report
    for split in ("train", "validation"):
        assert torch.equal(getattr(tuning.splits, split).inputs, getattr(report.splits, split).inputs)
