"""What pins the names of a run to code: the revisions of its components, and the user's own sources behind them."""

from __future__ import annotations

from typing import Any

from optbench.components.metric import Metric
from optbench.components.task import Task
from optbench.registry.registry import Provided, Registry
from optbench.registry.sources import libraries, module_of, release_of, source_checksums
from optbench.runs.spec import RunSpec

RECORDED = {"torch", "numpy", "optbench"}
"""Packages whose versions records hold anyway: where these are mixed in one table, it is said there."""


def optimizer_sources(name: str, registry: Registry) -> dict[str, str]:
    """Return the user's own files behind an optimizer, by name, with their checksums.

    A component of an installed release has none, and a `revision` instead. A release that only an import string leads
    to, or a file of the user's own, counts by its version.
    """
    return _sources(registry.optimizer(name))


def function_sources(function: str | None) -> dict[str, str]:
    """Return the user's own files behind a function that an import string names; none where there is no function."""
    return _own(module_of(function)) if function else {}


def schedule_sources(name: str, registry: Registry) -> dict[str, str]:
    """Return the user's own files behind a schedule."""
    return _sources(registry.schedule(name))


def task_sources(task: Task, registry: Registry) -> dict[str, dict[str, str]]:
    """Return the user's own files behind a task, by the role that they play in it; roles without any are left out."""
    sources = {role: _sources(provided) for role, provided in _components(task, registry).items()}
    sources |= {role: function_sources(function) for role, function in _functions(task).items()}
    return {role: files for role, files in sources.items() if files}


def run_sources(spec: RunSpec, registry: Registry) -> dict[str, dict[str, str]]:
    """Return the user's own files behind a run, by role."""
    sources = task_sources(spec.task, registry) | {
        "optimizer": optimizer_sources(spec.component, registry),
        "schedule": schedule_sources(spec.schedule, registry),
        "lr_factors": function_sources(spec.lr_factors),
    }
    return {role: files for role, files in sources.items() if files}


def run_revisions(spec: RunSpec, registry: Registry) -> dict[str, int]:
    """Return the revisions of a run's components, by role, as `task_revisions` does."""
    entry = {"optimizer": registry.optimizer(spec.component).component.revision}
    task = spec.task.model_copy(update={"schedule": spec.schedule})
    return task_revisions(task, registry) | entry


def run_libraries(spec: RunSpec, registry: Registry) -> dict[str, str]:
    """Return the versions of the releases that the user's own files behind a run import."""
    task = spec.task.model_copy(update={"schedule": spec.schedule, "lr_factors": spec.lr_factors})
    provided = [*_components(task, registry).values(), registry.optimizer(spec.component)]
    modules = [module for one in provided for module in _modules(one)] + [*map(module_of, _functions(task).values())]
    return {name: version for name, version in libraries(modules).items() if name not in RECORDED}


def task_revisions(task: Task, registry: Registry) -> dict[str, int]:
    """Return the revisions of a task's components, by role: of its model and its data set, and of others from 2 on."""
    revisions = {role: provided.component.revision for role, provided in _components(task, registry).items()}
    return {role: revision for role, revision in revisions.items() if role in ("model", "dataset") or revision > 1}


def _components(task: Task, registry: Registry) -> dict[str, Provided[Any]]:
    """Return the components that a task names, by the role that they play in it."""
    metrics = {f"metric {name}" if i else "metric": registry.metric(name) for i, name in enumerate(task.all_metrics)}
    return {
        "model": registry.models[task.model],
        "dataset": registry.datasets[task.dataset],
        "loss": registry.loss(task.loss),
        "schedule": registry.schedule(task.schedule),
        **metrics,
    }


def _functions(task: Task) -> dict[str, str]:
    """Return the functions that a task names by import strings, which are no components, by role."""
    named = {"augmentation": task.augmentation, "optimum": task.optimum, "lr_factors": task.lr_factors}
    return {role: name for role, name in named.items() if name is not None}


def _modules(provided: Provided[Any]) -> list[str]:
    """Return the modules that a component is built from, and the one that declares it: its defaults stand there."""
    component = provided.component
    builds = [component.build, *([component.value, component.by_class] if isinstance(component, Metric) else [])]
    built_from = dict.fromkeys(module_of(build) for build in builds if build is not None)
    return [*built_from, *filter(None, (provided.module,))]


def _sources(provided: Provided[Any]) -> dict[str, str]:
    modules = _modules(provided)
    builds, declaration = (modules[:-1], modules[-1:]) if provided.module else (modules, [])
    declared = source_checksums(declaration)
    if declaration and not declared:  # by a release, whose author says what changes by the revision
        return source_checksums(builds)
    return {name: checksum for build in builds for name, checksum in _own(build).items()} | declared


def _own(module: str) -> dict[str, str]:
    package = module.partition(".")[0]
    return source_checksums([module]) or ({} if package in RECORDED else release_of(module))
