"""`repeat`: a recorded run trained once more, and whether its numbers are the same."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optbench.data.folders import data_folders
from optbench.errors import UsageError
from optbench.execution.local import LocalExecutor
from optbench.registry.discovery import load_registry
from optbench.runs.agreement import Agreement, Verdict, agreement
from optbench.runs.context import ExecutionContext
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.runs.staleness import cause
from optbench.store.mixture import versions

HERE_AND_NOW = "optbench.execution.identity:here_and_now"


@dataclass(frozen=True)
class Repeated:
    """How a run that was trained again compares with its record."""

    again: RunRecord
    agreement: Agreement
    differs: str = ""
    """What has changed since, of what can make the numbers others; empty where they are identical."""

    @property
    def same(self) -> bool:
        """Whether the numbers are the same, or at most rounded otherwise."""
        return self.agreement.verdict is not Verdict.DIFFERENT

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        found = self.agreement
        if found.verdict is Verdict.IDENTICAL:
            return f"{found.verdict}: all {found.compared} numbers are those of the record, bit for bit"
        return f"{found.verdict}: {found.first} ({self.differs})"


def repeat(record: RunRecord, timeout: float, plugins: Sequence[str | Path] = (), data: Path | None = None) -> Repeated:
    """Train a recorded run again in a worker, for `timeout` seconds at most, and compare; nothing is stored.

    It is trained as its names are understood here and now. Raises `UsageError` for a run that was skipped, or whose
    device is not there.
    """
    if record.status is RunStatus.SKIPPED:
        raise UsageError(f"run {record.run_id}: it was skipped ({record.reason}); choose one that was trained")
    context = context_of(record, plugins, data, timeout)
    with LocalExecutor(context) as live:
        now, environment = live.call(HERE_AND_NOW, record.spec, context)
        (future,) = live.submit([[now]])
        (again,) = future.result()
    found = agreement(record, again)
    differs = "" if found.verdict is Verdict.IDENTICAL else why_different(record, now, environment)
    return Repeated(again, found, differs)


def context_of(
    record: RunRecord, plugins: Sequence[str | Path], data: Path | None, timeout: float = 600.0
) -> ExecutionContext:
    """Return what is needed to train a recorded run again, one run at a time."""
    registry = load_registry(plugins)
    return ExecutionContext(
        plugins=registry.files,
        distributions=registry.distributions,
        search_path=tuple(sys.path),
        folders=data_folders(data),
        devices=(record.spec.device,),
        jobs=1,
        world_size=record.spec.task.processes,
        timeout=timeout,
    )


def why_different(record: RunRecord, now: RunSpec, environment: Mapping[str, Any]) -> str:
    """Say what has changed since a run was recorded, of what can make its numbers others.

    `now` is the run as its names are understood here, `environment` that of this process.
    """
    if words := cause(record.spec, now):
        return words
    then, here = versions(record.environment), versions(environment)
    changed = [name for name in here if name in then and then[name] != here[name]]
    if changed:
        return ", ".join(f"{name} {then[name]} made it, this is {name} {here[name]}" for name in changed)
    for name, what in (("device_name", "device"), ("cpu", "processor"), ("platform", "system")):
        if record.environment.get(name, environment[name]) != environment[name]:
            return f"another {what}: {record.environment[name]} made it, this is {environment[name]}"
    return "its code, its data, the versions and the machine are those of the record: it is not deterministic"
