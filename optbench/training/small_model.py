"""A training run that takes milliseconds: small models with whatever optimizers treat differently, and random data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.dataset import Split, Splits
from optbench.components.optimizer import Optimizer
from optbench.components.task import Task
from optbench.registry.registry import Registry
from optbench.training.batches import batches
from optbench.training.diagnostics import Diagnosis
from optbench.training.losses import Loss, cross_entropy
from optbench.training.metrics import Metric, mean_loss
from optbench.training.objective import training_objective
from optbench.training.optimizers import build_optimizer
from optbench.training.parallel import SINGLE
from optbench.training.schedules import Factor
from optbench.training.seeding import Streams, seed_everything, seeds_for
from optbench.training.training import Training

WORDS, LENGTH, CLASSES = 8, 6, 3

_CPU = torch.device("cpu")
_LOSS = Loss(cross_entropy)
_METRIC = Metric("loss", higher_is_better=False, statistics=None, value=mean_loss)


class SmallModel(nn.Module):
    """One of each kind of layer that methods treat differently: an embedding, a norm, a convolution, matrices."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 6)
        self.norm = nn.LayerNorm(6)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.hidden = nn.Linear(32, 8)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, words: Tensor) -> Tensor:
        """Words `[B, 6]` to logits `[B, 3]`; smooth, so that Hessians are not zero."""
        vectors = self.norm(self.embedding(words))  # [B, 6, 6]
        maps = torch.tanh(self.convolution(vectors.unsqueeze(1)))  # [B, 2, 4, 4]
        logits: Tensor = self.head(torch.tanh(self.hidden(maps.flatten(1))))
        return logits


class SmallSparseModel(nn.Module):
    """A model whose gradients are all sparse."""

    def __init__(self) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(WORDS, CLASSES, sparse=True)

    def forward(self, words: Tensor) -> Tensor:
        """Words `[B, 6]` to logits `[B, 3]`."""
        logits: Tensor = self.bag(words)
        return logits


def small_training(
    component: Optimizer, hyperparameters: Mapping[str, Any], total_steps: int, steps: int, factor: Factor
) -> Training:
    """Build a run of `steps` updates of a small model on the CPU, by an optimizer that is told of `total_steps`.

    Raises what building the optimizer raises.
    """
    task = Task(name="small", model="small", dataset="small", steps=steps, batch_size=8, evaluations=2)
    seeds = seeds_for(task.name, 0)
    seed_everything(seeds.init)
    model = SmallSparseModel() if component.sparse else SmallModel()
    train, validation, test = (_random_split() for _ in range(3))
    splits = Splits(train, validation, test, outputs=CLASSES)
    optimizer = build_optimizer(component, model, total_steps, hyperparameters)
    seed_everything(seeds.forward)
    return Training(
        task=task,
        model=model,
        optimizer=optimizer,
        takes_closure=component.closure,
        create_graph=component.create_graph,
        objective=training_objective(task, _LOSS, model, model),
        predict=model,
        loss=_LOSS,
        metrics=(_METRIC,),
        splits=splits,
        evaluation_steps=task.evaluation_steps(),
        batches=partial(batches, splits.train, task.batch_size, task.sampling, seeds.data),
        factor=factor,
        streams=Streams(seeds, _CPU),
        group=SINGLE,
        diagnosis=Diagnosis((), Registry(), model, optimizer),
        device=_CPU,
        is_report=False,
    )


def _random_split() -> Split:
    return Split(torch.randint(WORDS, (24, LENGTH)), torch.randint(CLASSES, (24,)))
