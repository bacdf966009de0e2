"""Which data and code a run is made with, asked where it happens: what its identity says of them must be true."""

from __future__ import annotations

import contextlib
from functools import cache, lru_cache
from typing import Any

import torch

from optbench.components.dataset import Splits
from optbench.components.task import Task
from optbench.data.checksum import files_checksum
from optbench.data.files import obtain
from optbench.errors import UnknownName, UsageError
from optbench.execution.environment import capture_environment, cpu_model
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.runs.provenance import run_libraries, run_revisions, run_sources, task_sources
from optbench.runs.spec import RunSpec
from optbench.runs.staleness import changes_in_sources
from optbench.training.backends import devices
from optbench.training.content import content_of
from optbench.training.data import build_splits


def data_checksum(task: Task, context: ExecutionContext, device: str = "cpu") -> str:
    """Return 16 hex digits that change with a task's data; part of every `run_id`.

    They are of the declared files; without any, of the content that an installed release declares; else of the splits
    as they are built, which raises whatever building them raises.
    """
    registry = context.registry()
    dataset = registry.datasets[task.dataset].component
    if dataset.files:
        return files_checksum(dataset)
    if dataset.content and not _is_own(task, registry):
        return dataset.content
    targets = registry.loss(task.loss).component.targets
    splits = build_splits(dataset, task, targets, context.folders, torch.device(device))
    return _content_of(splits)


def refuse_changed_sources(spec: RunSpec, context: ExecutionContext) -> None:
    """Raise `UsageError` where code is not what a run was planned with, or what this process has imported."""
    if not spec.sources:
        return
    now = run_sources(spec, context.registry())
    if words := changes_in_sources(spec.sources, now):
        raise UsageError(f"{words} after this campaign began; run it again")
    for name, checksum in ((name, checksum) for files in now.values() for name, checksum in files.items()):
        if _first_seen().setdefault(name, checksum) != checksum:
            raise UsageError(f"{name} changed after this process imported it; start a new one")


def refuse_changed_data(spec: RunSpec, context: ExecutionContext, device: str) -> None:
    """Raise `UsageError` where the data of a run that is built is not what it was planned with."""
    registry = context.registry()
    if not registry.datasets[spec.task.dataset].component.files and (
        data_checksum(spec.task, context, device) != spec.data_checksum
    ):
        raise UsageError(
            f"data set {spec.task.dataset!r} is not what it was when this campaign began: it changed, or is another "
            "one each time that it is built (seed its generator)"
        )


def refuse_unlike(spec: RunSpec, context: ExecutionContext) -> None:
    """Obtain the data of a run that was planned on another machine, and see that data and code are the same here.

    Raises `UsageError` where they are not, `DataUnavailable`, and whatever looking at them raises.
    """
    registry = context.registry()
    obtain(registry.datasets[spec.task.dataset].component, context.folders, lambda line: None)
    if words := changes_in_sources(spec.sources, run_sources(spec, registry)):
        raise UsageError(f"its code is not that of the coordinator: {words}")
    if (found := data_checksum(spec.task, context)) != spec.data_checksum:
        raise UsageError(
            f"data set {spec.task.dataset!r} has checksum {found} there, and {spec.data_checksum} where it was planned"
        )


def here_and_now(spec: RunSpec, context: ExecutionContext) -> tuple[RunSpec, dict[str, Any]]:
    """Return a recorded run as its names are understood here, and the environment of this process."""
    registry = context.registry()
    here = {
        "data_checksum": data_checksum(spec.task, context),
        "revisions": run_revisions(spec, registry),
        "sources": run_sources(spec, registry),
    }
    names = devices()[spec.device]
    hardware = (names[0] if names else "") or cpu_model()
    return spec.model_copy(update=here), environment_of(spec, hardware, context)


def environment_of(spec: RunSpec, hardware: str, context: ExecutionContext) -> dict[str, Any]:
    """Describe this process's environment, with the libraries that the user's own files behind a run import."""
    environment = capture_environment(hardware, spec.task.threads, context)
    own: dict[str, str] = {}
    with contextlib.suppress(UnknownName):  # a plugin that could not be loaded: the run says so
        own = run_libraries(spec, context.registry()) if spec.sources else {}
    return environment | {"libraries": environment["libraries"] | own}


@cache
def _first_seen() -> dict[str, str]:
    """The checksums of the user's files when this process first trained with them: Python imports a module once."""
    return {}


def _is_own(task: Task, registry: Registry) -> bool:
    """Whether a task's data set is built by the user's own code."""
    return "dataset" in task_sources(task, registry)


@lru_cache(maxsize=8)
def _content_of(splits: Splits) -> str:
    """Return the content of splits that are kept for the next run in this process; they are hashed once."""
    return content_of(splits, decimals=None)
