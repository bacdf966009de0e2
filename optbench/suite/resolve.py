"""A validated suite file to a `Suite`: names expanded, profile applied, data at hand or replaced by the fallback."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from optbench.components.component import IMPORT_STRING
from optbench.components.spaces import LogUniform, Space
from optbench.components.task import Task
from optbench.errors import DataUnavailable, UnknownName, UsageError
from optbench.registry.registry import Registry
from optbench.runs.provenance import (
    function_sources,
    optimizer_sources,
    schedule_sources,
    task_revisions,
    task_sources,
)
from optbench.suite.cell import Entry, SuiteTask
from optbench.suite.judged import judged_task
from optbench.suite.merged import merged_task
from optbench.suite.profiles import profiled_protocol, profiled_task
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.schema import OptimizerItem, SuiteFile, TaskItem
from optbench.suite.spaces import space_in_words, space_table
from optbench.suite.suite import Profile, Suite

PLAIN_LR = 1e-3
"""Centre of the grid of an optimizer class whose `lr` has no default."""
UNDECLARED = "mode not declared"
"""What stands beside the weight decay of an optimizer class, in place of what it means."""
LR_RANGE = 100.0
"""Where no range is declared, learning rates are drawn from so many times below `lr_ref` to so many times above it."""


class Imported(NamedTuple):
    """What is known of an optimizer class named by an import string."""

    lr: float | None
    """Default of its `lr` argument."""
    defaults: Mapping[str, Any] = {}
    """Its hyper-parameters with the defaults of its signature, the plain ones."""


R = TypeVar("R")

Obtain = Callable[[Task], str]
"""Makes sure that a task's data is at hand and returns its checksum, or raises `DataUnavailable`."""

Inspect = Callable[[str], Imported]
"""Looks at the optimizer class that an import string names."""


def select(file: SuiteFile, registry: Registry, optimizers: Sequence[str], tasks: Sequence[str]) -> SuiteFile:
    """Narrow a suite to some optimizers and tasks: its own, other registered ones, or `module:Class`."""
    changes: dict[str, Any] = {}
    if optimizers:
        chosen = [_chosen_optimizer(name, file, registry) for name in dict.fromkeys(optimizers)]
        changes["optimizers"] = [_told_apart(item, chosen) for item in chosen]
    if tasks:
        changes["tasks"] = [_chosen_task(name, file, registry) for name in dict.fromkeys(tasks)]
    return file.model_copy(update=changes)


def left_out(file: SuiteFile, chosen: SuiteFile) -> tuple[str, ...]:
    """Name the tasks and optimizers of a suite that a narrowed one does without."""
    tasks, optimizers = ({item.name for item in items} for items in (chosen.tasks, chosen.optimizers))
    return (
        *(task.name for task in file.tasks if task.name not in tasks),
        *(optimizer.name for optimizer in file.optimizers if optimizer.name not in optimizers),
    )


def resolve_suite(
    file: SuiteFile,
    registry: Registry,
    *,
    profile: Profile,
    devices: Sequence[str],
    obtain: Obtain,
    inspect: Inspect,
    report_seeds: int | None = None,
) -> tuple[Suite, list[str]]:
    """Resolve a suite file, as far as it has no mistake; return the suite, and the mistakes, a line each.

    Data that can neither be had nor replaced is one.
    """
    protocol = profiled_protocol(file.protocol, profile)
    if report_seeds is not None:
        protocol = protocol.with_report_seeds(report_seeds)
    mistakes = list(_mistakes_in_effort(file, protocol, profile))
    resolved = list(_sound(file.tasks, lambda item: _resolve_task(item, registry, profile, obtain), mistakes))
    entries = list(_sound(file.optimizers, lambda item: _resolve_entry(item, registry, inspect, protocol), mistakes))
    tasks = {suite_task.task.name: suite_task for suite_task, _ in reversed(resolved)}
    mistakes += protocol.mistakes([suite_task.task for suite_task in tasks.values()])
    suite = Suite(
        name=file.name,
        description=file.description,
        profile=profile,
        protocol=protocol,
        tasks=tuple(reversed(tasks.values())),
        optimizers=tuple(entries),
        reference=file.reference,
        devices=tuple(devices),
        timeout=file.timeout,
        notes=tuple(note for _, note in resolved if note) + tuple(str(problem) for problem in registry.problems),
    )
    return suite, mistakes


def _sound(items: Iterable[Any], resolve: Callable[[Any], R], mistakes: list[str]) -> Iterator[R]:
    for item in items:
        try:
            yield resolve(item)
        except UsageError as error:
            mistakes += str(error).splitlines()


def _mistakes_in_effort(file: SuiteFile, protocol: Protocol, profile: Profile) -> Iterator[str]:
    """Find entries whose effort was everyone's until the profile changed that."""
    for item in file.optimizers if profile == "paper" else ():
        for field, mistake in protocol.mistakes_in_effort(item.effort()):
            yield f"profile paper: optimizer {item.name!r}: {field}: {mistake}"


def renewed(suite: Suite, registry: Registry) -> Suite:
    """Return a suite with the code that its names stand for now: revisions and sources, of the names that are known."""

    def entry(before: Entry) -> Entry:
        with contextlib.suppress(UnknownName):
            revision = registry.optimizer(before.component).component.revision
            sources = optimizer_sources(before.component, registry)
            own = _own_code(before.schedule, before.lr_factors, registry)
            return before.model_copy(update={"revision": revision, "sources": sources} | own)
        return before

    def task(before: SuiteTask) -> SuiteTask:
        with contextlib.suppress(UnknownName):
            revisions, sources = task_revisions(before.task, registry), task_sources(before.task, registry)
            return before.model_copy(update={"revisions": revisions, "sources": sources})
        return before

    changes = {"tasks": tuple(map(task, suite.tasks)), "optimizers": tuple(map(entry, suite.optimizers))}
    return suite.model_copy(update=changes)


def _chosen_optimizer(name: str, file: SuiteFile, registry: Registry) -> OptimizerItem:
    for item in file.optimizers:
        if item.name == name:
            return item
    if IMPORT_STRING.match(name):
        return OptimizerItem(name=registry.optimizer(name).component.name, optimizer=name)
    if name in registry.optimizers:
        return OptimizerItem(name=name)
    hint = " (a class of your own is written module:Class)" if "." in name else ""
    problems = hint + "".join(f"; {problem}" for problem in registry.problems)
    raise UnknownName("optimizer", name, {*registry.optimizers, *(item.name for item in file.optimizers)}, problems)


def _told_apart(item: OptimizerItem, items: Sequence[OptimizerItem]) -> OptimizerItem:
    """Name an import string in full where another entry has its class's name."""
    if item.optimizer and sum(other.name.lower() == item.name.lower() for other in items) > 1:
        return item.model_copy(update={"name": item.optimizer.replace(":", ".")})
    return item


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
    return SuiteTask(
        task=profiled_task(judged_task(task, registry), profile),
        data_checksum=obtain(task),
        revisions=task_revisions(task, registry),
        sources=task_sources(task, registry),
    )


def _resolve_entry(item: OptimizerItem, registry: Registry, inspect: Inspect, protocol: Protocol) -> Entry:
    """Return the entry; raises `UsageError` with all reasons why the protocol cannot tune it."""
    name = item.optimizer or item.name
    provided = registry.optimizer(name)
    component = provided.component
    if IMPORT_STRING.match(name):
        imported = inspect(name)
        declared_lr, declared = imported.lr or PLAIN_LR, imported.defaults
    else:
        declared_lr, declared = component.lr_ref, component.defaults
    defaults = json.loads(json.dumps(dict(declared)))
    lr_ref = item.lr_ref or declared_lr
    ranges = {"lr": LogUniform(lr_ref / LR_RANGE, lr_ref * LR_RANGE)} | dict(component.space)
    space = {key: value for key, value in (ranges | protocol.spaces()).items() if key not in item.fixed} | item.space
    entry = Entry(
        name=item.name,
        component=name,
        lr_ref=lr_ref,
        lr_grid=tuple(item.lr_grid or ()),
        space=space,
        trials=item.trials,
        hyperparameters=defaults | item.fixed,
        weight_decay_mode=UNDECLARED if _is_undeclared(name, declared) else component.weight_decay_mode,
        schedule=item.schedule,
        lr_factors=item.lr_factors,
        **_own_code(item.schedule, item.lr_factors, registry),
        revision=component.revision,
        sources=optimizer_sources(name, registry),
        changed=(*_changes(item, name, declared_lr, defaults), *_changed_search(item, component.space, protocol)),
        reference=component.reference,
        description=component.description,
        distribution=provided.origin,
    )
    if mistakes := list(protocol.mistakes_in_entry(entry)):
        raise UsageError("\n".join(f"optimizer {item.name!r}: {mistake}" for mistake in mistakes))
    return entry


def _is_undeclared(name: str, defaults: Mapping[str, Any]) -> bool:
    """Whether nobody says what an optimizer's weight decay means: a bare class declares nothing."""
    return bool(IMPORT_STRING.match(name)) and "weight_decay" in defaults


def _own_code(schedule: str | None, lr_factors: str | None, registry: Registry) -> dict[str, Any]:
    """Return an entry's fields that pin the code behind what it has in place of the task's."""
    sources, revisions = {}, {}
    if schedule is not None:
        sources["schedule"] = schedule_sources(schedule, registry)
        revisions["schedule"] = registry.schedule(schedule).component.revision
    if lr_factors is not None:
        sources["lr_factors"] = function_sources(lr_factors)
    return {"own_sources": sources, "own_revisions": revisions}


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
    if item.lr_factors:
        yield f"learning rates times {item.lr_factors}"


def _changed_search(item: OptimizerItem, declared: Mapping[str, Space], protocol: Protocol) -> Iterator[str]:
    """Say which ranges the suite changes, for everyone or for this optimizer, and how many settings that tries."""
    for key, space in (protocol.spaces() | item.space).items():
        now, before = space_table(space), space_table(declared[key]) if key in declared else None
        if now != before:
            yield f"{key} {space_in_words(now)}" + (f" instead of {space_in_words(before)}" if before else "")
    if item.trials:
        yield f"{item.trials} settings tried"
