"""Runs of 50 steps on random data with whatever draws, decays and is kept on the way; whole, or stopped and resumed."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from optbench.components.optimizer import Optimizer
from optbench.execution.checkpoints import loaded, serialised
from optbench.training.checkpoint import restore, snapshot
from optbench.training.clock import Clock
from optbench.training.digests import Digests, digests, module_digests
from optbench.training.loop import train
from optbench.training.optimizers import build_optimizer
from optbench.training.seeding import seed_everything
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.training.test_loop import CPU, model, training

STEPS = 50


class Stop(Exception):
    """The process ends here."""


class Bag(nn.Module):
    """A model whose gradients are sparse, of inputs that are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(8, 3, sparse=True)

    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.bag((2 * inputs).long().clamp(0, 7))
        return nn.functional.dropout(logits, 0.2, self.training)


def noisy(inputs: Tensor) -> Tensor:
    """An augmentation that draws from each of the global generators."""
    draw = random.random() + np.random.random_sample()  # noqa: NPY002
    return inputs + 0.1 * draw * torch.randn_like(inputs)


def built(component: Optimizer, **changes: Any) -> Training:
    """A run that is evaluated at uneven steps, with dropout, noise on its inputs, a schedule, and its best weights."""
    seed_everything(3)
    network = Bag() if component.sparse else model()
    hyperparameters = {**component.defaults, "lr": component.lr_ref}
    optimizer = build_optimizer(component, network, STEPS, hyperparameters)
    given = {"steps": STEPS, "schedule": "warmup-cosine", "primary": "best", "evaluations": 7}
    given["augmentation"] = "tests.support.interrupted:noisy"
    run = training(optimizer, network, is_report=True, **given | changes)
    seed_everything(4)
    return dataclasses.replace(run, takes_closure=component.closure, create_graph=component.create_graph)


class Outcome(NamedTuple):
    """What must not differ by a bit."""

    losses: Digests
    points: Digests
    final: Digests
    weights: Digests
    watch: Digests


def outcome(run: Training, state: TrainingState) -> Outcome:
    untimed = {"train_seconds", "data_seconds"}
    return Outcome(
        digests(state.losses),
        digests([point.model_dump(exclude=untimed) for point in state.evaluations]),
        digests(state.final and state.final.model_dump()),
        digests(run.model.state_dict()),
        digests(state.watch.state_dict()),
    )


def whole(run: Training) -> Outcome:
    """What a run comes to that nobody interrupts."""
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    return outcome(run, state)


def stopped(run: Training, step: int, checkpoint: bytes = b"") -> bytes:
    """The checkpoint of a run that gets no further than this step; it may itself go on from one."""
    state = begun(run, checkpoint)
    modules = module_digests(run.model)
    written: list[bytes] = []

    def stop() -> None:
        if state.step == step:
            written.append(serialised(snapshot(run, state, modules)))
            raise Stop

    with contextlib.suppress(Stop):
        train(run, state, lambda point: None, stop)
    return written[0]


def resumed(run: Training, checkpoint: bytes) -> Outcome:
    """What a run comes to that goes on from a checkpoint."""
    state = begun(run, checkpoint)
    train(run, state, lambda point: None)
    return outcome(run, state)


def begun(run: Training, checkpoint: bytes) -> TrainingState:
    """A run's state at its beginning or, in a process that has drawn other numbers before, where it was stopped."""
    state = TrainingState(Clock(CPU))
    if checkpoint:
        seed_everything(123)
        restore(run, state, loaded(checkpoint, CPU))
    return state
