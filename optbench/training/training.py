"""`Training`: all that a run needs, built and on its device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.dataset import Inputs, Split, Splits
from optbench.components.task import Task
from optbench.training.diagnostics import Diagnosis
from optbench.training.losses import Loss
from optbench.training.metrics import Metric
from optbench.training.objective import Objective, Predict
from optbench.training.parallel import ProcessGroup
from optbench.training.schedules import Factor
from optbench.training.seeding import Streams


@dataclass(frozen=True)
class Training:
    """All that a training run needs, built and on its device."""

    task: Task
    model: nn.Module
    optimizer: Any
    takes_closure: bool
    create_graph: bool
    objective: Objective
    predict: Predict
    loss: Loss
    metrics: tuple[Metric, ...]
    """The first selects; the others are measured at the end."""
    splits: Splits
    evaluation_steps: tuple[int, ...]
    batches: Callable[[int], Iterator[tuple[Inputs, Tensor]]]
    """The batches from one number on."""
    factor: Factor
    streams: Streams
    group: ProcessGroup
    diagnosis: Diagnosis
    device: torch.device
    is_report: bool
    """Whether its end is measured on training and test examples too."""


def loss_of(run: Training, inputs: Inputs, targets: Tensor) -> Tensor:
    """Return what training minimises, on this process's part of a batch; its mean over all is that of the batch."""
    if run.group.world_size == 1:
        return run.objective(inputs, targets)
    part = run.group.shard(Split(inputs, targets))
    return run.loss.weighted(run.objective(part.inputs, part.targets), part.targets, targets)
