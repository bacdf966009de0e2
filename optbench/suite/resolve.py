"""A validated suite file to a `Suite`: names expanded, profile applied, data at hand or replaced by the fallback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from optbench.errors import DataUnavailable, UnknownName, UsageError
from optbench.registry.components import IMPORT_STRING, Dataset
from optbench.registry.registry import Registry
from optbench.registry.task import Task
from optbench.suite.load import merged_task
from optbench.suite.profiles import profiled_protocol, profiled_task
from optbench.suite.schema import OptimizerItem, SuiteFile, TaskItem
from optbench.suite.suite import DeviceKind, Entry, Profile, Suite, SuiteTask

Obtain = Callable[[Dataset], str]
"""Makes sure that a data set's files are at hand and returns their checksum, or raises `DataUnavailable`."""

SuggestLr = Callable[[str], float]
"""Returns the default learning rate of the optimizer class that an import string names."""


def select(file: SuiteFile, registry: Registry, optimizers: Sequence[str], tasks: Sequence[str]) -> SuiteFile:
    """Narrow a suite to some optimizers and tasks: its own, other registered ones, or `module:Class`."""
    changes: dict[str, Any] = {}
    if optimizers:
        changes["optimizers"] = [_chosen_optimizer(name, file, registry) for name in dict.fromkeys(optimizers)]
    if tasks:
        changes["tasks"] = [_chosen_task(name, file, registry) for name in dict.fromkeys(tasks)]
    return file.model_copy(update=changes)


def resolve_suite(
    file: SuiteFile,
    registry: Registry,
    *,
    profile: Profile,
    devices: Sequence[DeviceKind],
    obtain: Obtain,
    suggest_lr: SuggestLr,
) -> Suite:
    """Resolve a suite file; raises `UsageError` where data can neither be had nor replaced."""
    resolved = [_resolve_task(item, registry, profile, obtain) for item in file.tasks]
    return Suite(
        name=file.name,
        description=file.description,
        profile=profile,
        protocol=profiled_protocol(file.protocol, profile),
        tasks=tuple(task for task, _ in resolved),
        optimizers=tuple(_resolve_entry(item, registry, suggest_lr) for item in file.optimizers),
        devices=tuple(devices),
        timeout=file.timeout,
        notes=tuple(note for _, note in resolved if note) + tuple(str(problem) for problem in registry.problems),
    )


def _chosen_optimizer(name: str, file: SuiteFile, registry: Registry) -> OptimizerItem:
    for item in file.optimizers:
        if item.name == name:
            return item
    if IMPORT_STRING.match(name):
        return OptimizerItem(name=registry.optimizer(name).component.name, optimizer=name)
    if name in registry.optimizers:
        return OptimizerItem(name=name)
    problems = "".join(f"; {problem}" for problem in registry.problems)
    raise UnknownName("optimizer", name, {*registry.optimizers, *(item.name for item in file.optimizers)}, problems)


def _chosen_task(name: str, file: SuiteFile, registry: Registry) -> Any:
    for item in file.tasks:
        if item.name == name:
            return item
    if name in registry.tasks:
        return TaskItem(name=name)
    problems = "".join(f"; {problem}" for problem in registry.problems)
    raise UnknownName("task", name, {*registry.tasks, *(item.name for item in file.tasks)}, problems)


def _resolve_task(item: Any, registry: Registry, profile: Profile, obtain: Obtain) -> tuple[SuiteTask, str]:
    task = merged_task(item, registry)
    try:
        return _suite_task(task, registry, profile, obtain), ""
    except DataUnavailable as error:
        if item.fallback is None:
            raise UsageError(f"task {task.name!r} cannot run: {error}") from error
        fallback = registry.tasks[item.fallback].component
        note = f"{task.name}: {error.problem}: its fallback {fallback.name} runs instead"
        try:
            stand_in = _suite_task(fallback, registry, profile, obtain)
        except DataUnavailable as second:
            raise UsageError(f"task {task.name!r} cannot run: {error}; nor its fallback: {second}") from second
        return stand_in.model_copy(update={"instead_of": task.name}), note


def _suite_task(task: Task, registry: Registry, profile: Profile, obtain: Obtain) -> SuiteTask:
    dataset = registry.datasets[task.dataset].component
    model = registry.models[task.model].component
    return SuiteTask(
        task=profiled_task(task, profile),
        data_checksum=obtain(dataset),
        revisions={"dataset": dataset.revision, "model": model.revision},
    )


def _resolve_entry(item: OptimizerItem, registry: Registry, suggest_lr: SuggestLr) -> Entry:
    name = item.optimizer or item.name
    provided = registry.optimizer(name)
    component = provided.component
    declared_lr = suggest_lr(name) if IMPORT_STRING.match(name) and item.lr_ref is None else component.lr_ref
    defaults = json.loads(json.dumps(dict(component.defaults)))
    return Entry(
        name=item.name,
        component=name,
        lr_ref=item.lr_ref or declared_lr,
        lr_grid=tuple(item.lr_grid or ()),
        hyperparameters=defaults | item.fixed,
        weight_decay_mode=component.weight_decay_mode,
        schedule=item.schedule,
        revision=component.revision,
        changed=tuple(_changes(item, name, declared_lr, defaults)),
        reference=component.reference,
        description=component.description,
        distribution=provided.origin,
    )


def _changes(item: OptimizerItem, name: str, declared_lr: float, defaults: dict[str, Any]) -> Iterable[str]:
    """Say what the suite changes about an optimizer: shown with every table and figure."""
    if item.name != name and not IMPORT_STRING.match(name):
        yield f"is {name}"
    for key, value in item.fixed.items():
        if value != defaults.get(key):
            yield f"{key} = {value}" + (f" instead of {defaults[key]}" if key in defaults else "")
    if item.lr_ref is not None and item.lr_ref != declared_lr:
        yield f"lr_ref = {item.lr_ref:g} instead of {declared_lr:g}"
    if item.lr_grid:
        yield f"learning rates {', '.join(f'{lr:g}' for lr in item.lr_grid)}"
    if item.schedule:
        yield f"schedule {item.schedule}"
