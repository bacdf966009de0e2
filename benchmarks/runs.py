"""Runs of built-in tasks, built in this process."""

from __future__ import annotations

from typing import Any

import torch

from optbench.data.folders import data_folders
from optbench.registry.discovery import load_registry
from optbench.runs.spec import RunSpec
from optbench.training.build import build_training
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.state import TrainingState
from optbench.training.training import Training


def spec_of(task: str, optimizer: str, rate: float, seed: int = 0, device: str = "cpu", **changes: Any) -> RunSpec:
    """Describe a tuning run; `rate` is relative to the optimizer's `lr_ref`, `changes` are fields of the task."""
    registry = load_registry()
    component = registry.optimizers[optimizer].component
    return RunSpec(
        task=registry.tasks[task].component.model_copy(update=changes),
        data_checksum="",
        optimizer=optimizer,
        component=optimizer,
        revisions={},
        hyperparameters={**component.defaults, "lr": rate * component.lr_ref},
        schedule="warmup-cosine",
        seed=seed,
        phase="tune",
        device=torch.device(device).type,
    )


def built(spec: RunSpec) -> Training:
    """Build a run on its device."""
    return build_training(spec, load_registry(), data_folders(), torch.device(spec.device))


def trained(run: Training) -> TrainingState:
    """Train a run to its end; raises `ValueError` for one that diverges, which is no measurement."""
    state = TrainingState(Clock(run.device))
    train(run, state, lambda point: None)
    if state.diverged:
        raise ValueError(f"{run.task.name} diverged, so that there is nothing to compare: {state.diverged}")
    return state
