"""What pins the names of a run to code: the revisions of its components, and the user's own sources behind them."""

from __future__ import annotations

from typing import Any

from optbench.components.component import IMPORT_STRING
from optbench.components.task import Task
from optbench.registry.registry import Provided, Registry
from optbench.registry.sources import libraries, module_of, release_of, source_checksums

RECORDED = {"torch", "numpy", "optbench"}
"""Packages whose versions records hold anyway: where these are mixed in one table, it is said there."""


def optimizer_sources(name: str, registry: Registry) -> dict[str, str]:
    """Return the user's own files behind an optimizer, by name, with their checksums.

    A component of an installed release has none, and a `revision` instead. A release that only an import string leads
    to, or a file of the user's own, counts by its version.
    """
    return _sources(registry.optimizer(name))


def task_sources(task: Task, registry: Registry) -> dict[str, dict[str, str]]:
    """Return the user's own files behind a task, by the role that they play in it; roles without any are left out."""
    sources = {
        "model": _sources(registry.models[task.model]),
        "dataset": _sources(registry.datasets[task.dataset]),
    }
    sources |= {role: _own(module_of(function)) for role, function in _functions(task).items()}
    return {role: files for role, files in sources.items() if files}


def run_sources(task: Task, optimizer: str, registry: Registry) -> dict[str, dict[str, str]]:
    """Return the user's own files behind a run, by role."""
    files = optimizer_sources(optimizer, registry)
    return task_sources(task, registry) | ({"optimizer": files} if files else {})


def run_libraries(task: Task, optimizer: str, registry: Registry) -> dict[str, str]:
    """Return the versions of the releases that the user's own files behind a run import."""
    modules = [*_modules(registry.models[task.model]), *_modules(registry.datasets[task.dataset])]
    modules += [*_modules(registry.optimizer(optimizer)), *map(module_of, _functions(task).values())]
    return {name: version for name, version in libraries(modules).items() if name not in RECORDED}


def task_revisions(task: Task, registry: Registry) -> dict[str, int]:
    """Return the revisions of a task's components, by role."""
    return {
        "dataset": registry.datasets[task.dataset].component.revision,
        "model": registry.models[task.model].component.revision,
    }


def _functions(task: Task) -> dict[str, str]:
    """Return the functions that a task names by import strings, by role."""
    named = {"loss": task.loss, "augmentation": task.augmentation, "optimum": task.optimum}
    return {role: name for role, name in named.items() if name is not None and IMPORT_STRING.match(name)}


def _modules(provided: Provided[Any]) -> list[str]:
    """Return the module that a component is built from, and the one that declares it: its defaults stand there."""
    return [module_of(provided.component.build), *filter(None, (provided.module,))]


def _sources(provided: Provided[Any]) -> dict[str, str]:
    build, *declaration = _modules(provided)
    declared = source_checksums(declaration)
    if declaration and not declared:  # by a release, whose author says what changes by the revision
        return source_checksums([build])
    return _own(build) | declared


def _own(module: str) -> dict[str, str]:
    package = module.partition(".")[0]
    return source_checksums([module]) or ({} if package in RECORDED else release_of(module))
