"""From names to objects: what a `RunSpec` says, built on a device, with common initial weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.dataset import Dataset, Split, Splits, mapped
from optbench.components.loss import LOSSES
from optbench.components.optimizer import Optimizer
from optbench.data.files import locate
from optbench.errors import DataUnavailable, PluginError
from optbench.registry.registry import Registry
from optbench.runs.spec import RunSpec
from optbench.training.batches import batches
from optbench.training.diagnostics import Diagnosis
from optbench.training.folds import refolded
from optbench.training.loop import Training
from optbench.training.losses import find_loss
from optbench.training.models import build_model, cast, in_precision
from optbench.training.objective import predictor, training_objective
from optbench.training.outputs import Logits
from optbench.training.parallel import SINGLE, ProcessGroup
from optbench.training.parameters import check_complex, not_empty, parameter_groups
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
    dtype = torch.float64 if task.precision == "float64" else torch.float32
    dataset = registry.datasets[task.dataset].component
    splits = build_splits(dataset, task.dataset_options, folders, device, dtype)
    if spec.fold:
        splits = refolded(splits, spec.fold)
    seed_everything(seeds.init)
    model = build_model(registry, spec, splits)
    cast(model, device, dtype)
    logits = Logits(model, task.output)
    if task.loss in LOSSES and LOSSES[task.loss].targets == "transcripts":
        check_frames(logits, splits)
    component = registry.optimizer(spec.component).component
    build = partial(build_optimizer, component, total_steps=task.steps, hyperparameters=spec.hyperparameters)
    check_complex(component, model, build)
    optimizer = build(model)
    if component.create_graph and group.world_size > 1:
        raise PluginError(f"optimizer {component.name!r} differentiates gradients, which processes cannot share")
    wrapped = group.wrapped(logits, splits.train.take(slice(2)).inputs)
    return Training(
        task=task,
        model=model,
        optimizer=optimizer,
        takes_closure=component.closure,
        create_graph=component.create_graph,
        objective=training_objective(task, model, predictor(wrapped, task.precision, device)),
        predict=predictor(logits, task.precision, device),
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


def build_optimizer(
    component: Optimizer, model: nn.Module, total_steps: int, hyperparameters: Mapping[str, Any]
) -> torch.optim.Optimizer:
    """Build an optimizer for a model.

    A class gets the model's parameters, those that must not decay in a group of their own where there is weight decay;
    a function gets the model and the number of steps.
    """
    build: Callable[..., Any] = resolve(component.build, f"optimizer {component.name!r}")
    arguments: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in hyperparameters.items()}
    try:
        inspect.signature(build).bind(model, **_horizon(build, total_steps), **arguments)
    except TypeError as error:
        rule = "" if inspect.isclass(build) else "; a function is called with (model, *, total_steps, lr, …)"
        raise PluginError(
            f"optimizer {component.name!r} does not take these hyper-parameters: {error}{rule}"
        ) from error
    optimizer: Any
    if inspect.isclass(build):
        weight_decay = float(arguments.get("weight_decay") or 0.0)
        params = parameter_groups(model, weight_decay) if weight_decay else not_empty(model)
        optimizer = build(params, **arguments)  # type: ignore[call-arg]
    else:
        optimizer = build(model, total_steps=total_steps, **arguments)
    missing = [name for name in ("param_groups", "step", "zero_grad") if not hasattr(optimizer, name)]
    if missing:
        raise PluginError(
            f"optimizer {component.name!r}: build returned {type(optimizer).__name__}, which has no {missing[0]}"
        )
    return optimizer  # type: ignore[no-any-return]


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
    inputs = mapped(lambda part: _cast(part, device, dtype), split.inputs)
    return Split(inputs, _cast(split.targets, device, dtype))


def _cast(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Move a tensor; overlapping windows of a text stay views of one copy of it."""
    if tensor.is_floating_point() or tensor.is_complex():
        return tensor.to(device=device, dtype=in_precision(tensor.dtype, dtype))
    storage = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
    return storage.to(device).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())


def _horizon(build: Callable[..., Any], total_steps: int) -> dict[str, int]:
    return {} if inspect.isclass(build) else {"total_steps": total_steps}
