"""From names to objects: what a `RunSpec` says, built on a device, with common initial weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from optbench.components.task import Task
from optbench.errors import PluginError
from optbench.registry.registry import Registry
from optbench.runs.spec import RunSpec
from optbench.training.batches import batches
from optbench.training.blame import blamed
from optbench.training.data import build_splits, dtype_of, refuse_empty
from optbench.training.diagnostics import Diagnosis
from optbench.training.folds import refolded
from optbench.training.layout import laid_out
from optbench.training.losses import built_loss
from optbench.training.metrics import Metric, built_metric
from optbench.training.models import FEW, build_model, cast
from optbench.training.objective import predictor, training_objective
from optbench.training.optimizers import build_optimizer
from optbench.training.outputs import Logits
from optbench.training.parallel import SINGLE, ProcessGroup
from optbench.training.parameters import check_complex, lr_factors
from optbench.training.schedules import schedule_factor
from optbench.training.seeding import Streams, seed_everything, seeds_for
from optbench.training.training import Training
from optbench.training.transcripts import check_frames


def build_training(
    spec: RunSpec,
    registry: Registry,
    folders: Sequence[Path],
    device: torch.device,
    diagnostics: Sequence[str] = (),
    group: ProcessGroup = SINGLE,
) -> Training:
    """Build all that a run needs. Its random streams depend on the task and the seed, never on the optimizer.

    A tuning run is built without test examples.
    """
    task, is_report = spec.task, spec.phase == "report"
    seeds = seeds_for(task.name, spec.seed)
    dtype = dtype_of(task)
    loss_component = registry.loss(task.loss).component
    splits = build_splits(registry.datasets[task.dataset].component, task, loss_component.targets, folders, device)
    if spec.fold:
        splits = refolded(splits, spec.fold)
    refuse_empty(splits)
    seed_everything(seeds.init)
    model = build_model(registry, spec, splits)
    cast(model, device, dtype)
    logits = Logits(model, task.output)
    if loss_component.targets == "transcripts":
        with blamed(f"model {task.model!r}", model):
            check_frames(logits, splits)
    if not is_report:
        splits = replace(splits, test=splits.test.take(slice(0)))
    with blamed(f"loss {task.loss!r}", loss_component.build):
        loss = built_loss(loss_component)
    predict = predictor(laid_out(logits, splits.train.take(slice(FEW)).inputs, device), task.precision, device)
    with blamed(f"augmentation {task.augmentation!r}", task.augmentation):
        objective = training_objective(task, loss, model, predict)
    component = registry.optimizer(spec.component).component
    build = partial(
        build_optimizer,
        component,
        total_steps=task.steps,
        hyperparameters=spec.hyperparameters,
        factors=lr_factors(spec.lr_factors, model) if spec.lr_factors else None,
    )
    check_complex(component, model, build)
    optimizer = build(model)
    if component.create_graph and group.world_size > 1:
        raise PluginError(f"optimizer {component.name!r} differentiates gradients, which processes cannot share")
    return Training(
        task=task,
        model=model,
        optimizer=optimizer,
        takes_closure=component.closure,
        create_graph=component.create_graph,
        objective=group.wrapped(objective, model, splits.train.take(slice(FEW))),
        predict=predict,
        loss=loss,
        metrics=tuple(_metric(name, task, registry) for name in task.all_metrics),
        splits=splits,
        evaluation_steps=spec.evaluation_steps,
        batches=partial(batches, splits.train, task.batch_size, task.sampling, seeds.data),
        factor=schedule_factor(registry.schedule(spec.schedule).component, task.steps, task.warmup),
        streams=Streams(seeds, device, group.rank),
        group=group,
        diagnosis=Diagnosis(diagnostics, registry, model, optimizer),
        device=device,
        is_report=is_report,
    )


def _metric(name: str, task: Task, registry: Registry) -> Metric:
    component = registry.metric(name, higher_is_better=task.goal == "maximise").component
    with blamed(f"metric {name!r}", component.build, component.value):
        return built_metric(component, name)
