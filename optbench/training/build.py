"""From names to objects: what a `RunSpec` says, built on a device, with common initial weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.dataset import Dataset, Split, Splits
from optbench.components.loss import LOSSES
from optbench.components.task import Task
from optbench.data.files import locate
from optbench.errors import DataUnavailable, PluginError
from optbench.registry.registry import Registry
from optbench.runs.spec import RunSpec
from optbench.training.batches import batches
from optbench.training.diagnostics import Diagnosis
from optbench.training.folds import refolded
from optbench.training.loop import Training
from optbench.training.losses import find_loss
from optbench.training.objective import predictor, training_objective
from optbench.training.optimizers import build_optimizer
from optbench.training.parallel import SINGLE, ProcessGroup
from optbench.training.schedules import schedule_factor
from optbench.training.seeding import Streams, seed_everything, seeds_for
from optbench.training.transcripts import check_frames


def build_training(
    spec: RunSpec,
    registry: Registry,
    folders: Sequence[Path],
    device: torch.device,
    diagnostics: Sequence[str] = (),
    group: ProcessGroup = SINGLE,
) -> Training:
    """Build all that a run needs. Its random streams depend on the task and the seed, never on the optimizer."""
    task = spec.task
    seeds = seeds_for(task.name, spec.seed)
    dtype = dtype_of(task)
    dataset = registry.datasets[task.dataset].component
    splits = build_splits(dataset, task.dataset_options, folders, device, dtype)
    if spec.fold:
        splits = refolded(splits, spec.fold)
    seed_everything(seeds.init)
    model = build_model(registry, spec, splits).to(device=device, dtype=dtype)
    if task.loss in LOSSES and LOSSES[task.loss].targets == "transcripts":
        check_frames(model, splits)
    component = registry.optimizer(spec.component).component
    optimizer = build_optimizer(component, model, task.steps, spec.hyperparameters)
    if component.create_graph and group.world_size > 1:
        raise PluginError(f"optimizer {component.name!r} differentiates gradients, which processes cannot share")
    return Training(
        task=task,
        model=model,
        optimizer=optimizer,
        takes_closure=component.closure,
        create_graph=component.create_graph,
        objective=training_objective(task, model, predictor(group.wrapped(model), task.precision, device)),
        predict=predictor(model, task.precision, device),
        loss=find_loss(task.loss),
        splits=splits,
        batches=partial(batches, splits.train, task.batch_size, task.sampling, seeds.data),
        factor=schedule_factor(spec.schedule, task.steps, task.warmup),
        streams=Streams(seeds, device, group.rank),
        group=group,
        diagnosis=Diagnosis(diagnostics, registry, model, optimizer),
        device=device,
        sees_test=spec.phase == "report",
    )


def build_model(registry: Registry, spec: RunSpec, splits: Splits) -> nn.Module:
    """Build the task's model on the CPU."""
    component = registry.models[spec.task.model].component
    options = {**component.options, **spec.task.model_options}
    model = resolve(component.build)(splits.input_shape, splits.outputs, **options)
    if not isinstance(model, nn.Module):
        raise PluginError(f"model {component.name!r}: build returned {type(model).__name__}, not a torch.nn.Module")
    return model


def dtype_of(task: Task) -> torch.dtype:
    """Return the type of a task's weights and real inputs."""
    return torch.float64 if task.precision == "float64" else torch.float32


def build_splits(
    dataset: Dataset, options: Mapping[str, Any], folders: Sequence[Path], device: torch.device, dtype: torch.dtype
) -> Splits:
    """Build a data set on a device, floating-point tensors in `dtype`; kept for the next run in this process."""
    files = locate(dataset, folders)
    for file in dataset.files:
        if file.path not in files:
            raise DataUnavailable(f"data set {dataset.name!r}: {file.path} is not there or damaged")
    chosen = {**dataset.options, **options}
    return _kept_splits(dataset.name, _Call(dataset.build, files, chosen), device, dtype)


class _Call:
    """A data set's build with its arguments, equal to another one with the same arguments."""

    def __init__(self, build: str | Callable[..., Any], files: Mapping[str, Path], options: Mapping[str, Any]) -> None:
        self._build, self._files, self._options = build, files, options
        self._key = repr((sorted(files.items()), sorted(options.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __call__(self) -> Splits:
        splits = resolve(self._build)(self._files, **self._options)
        if not isinstance(splits, Splits):
            raise PluginError(f"{self._build!r} returned {type(splits).__name__}, not optbench.Splits")
        return splits


@lru_cache(maxsize=8)
def _kept_splits(name: str, call: _Call, device: torch.device, dtype: torch.dtype) -> Splits:
    splits = call()
    return Splits(
        train=_moved(splits.train, device, dtype),
        validation=_moved(splits.validation, device, dtype),
        test=_moved(splits.test, device, dtype),
        outputs=splits.outputs,
    )


def _moved(split: Split, device: torch.device, dtype: torch.dtype) -> Split:
    return Split(*(_cast(tensor, device, dtype) for tensor in (split.inputs, split.targets)))


def _cast(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Move a tensor; overlapping windows of a text stay views of one copy of it."""
    if tensor.is_floating_point():
        return tensor.to(device=device, dtype=dtype)
    storage = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
    return storage.to(device).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
