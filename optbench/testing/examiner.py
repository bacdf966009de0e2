"""Examine components in a worker process: one that crashes, hangs or prints harms no other, and no terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from optbench.errors import UnknownName
from optbench.execution.process import WorkerDied, WorkerProcess, WorkerTimeout
from optbench.execution.scratch import scratch_folder
from optbench.runs.context import ExecutionContext
from optbench.testing.check import Finding, Kind, Outcome
from optbench.testing.components import examined

if TYPE_CHECKING:
    from optbench.registry.registry import Registry
    from optbench.testing.examination import Described

TIMEOUT = 120.0
"""Seconds that one check of one component may take."""
FIRST = "builds"
"""The check that the others of a component rest on."""


def findings(
    names: Sequence[str], checks: Collection[str], registry: Registry, folders: Sequence[Path]
) -> Iterator[Finding]:
    """Yield what each check, or each of `checks` where some are given, says of the components meant by `names`.

    Where a component does not build, its other checks are not examined. Raises `UnknownName` before the first
    finding.
    """
    context = ExecutionContext(
        plugins=registry.files,
        distributions=registry.distributions,
        search_path=tuple(sys.path),
        folders=tuple(folders),
    )
    components = list(examined(names, registry))
    worker, folder = WorkerProcess(), scratch_folder()
    try:
        known = worker.call("optbench.testing.examination:catalogue")
        _refuse_unknown(checks, {described.name for kind, _ in components for described in known[kind]})
        for kind, name in components:
            chosen = [described for described in known[kind] if not checks or described.name in checks]
            yield from _of_one(worker, folder / "log", kind, name, chosen, context)
    finally:
        worker.close()
        shutil.rmtree(folder, ignore_errors=True)


def _of_one(
    worker: WorkerProcess, log: Path, kind: Kind, name: str, checks: Sequence[Described], context: ExecutionContext
) -> Iterator[Finding]:
    builds = True
    for check in checks:
        if not builds:
            seen = "it does not build"
            yield Finding(kind, name, check.name, Outcome.NOT_EXAMINED, check.expected, seen, check.why)
            continue
        found = _finding(worker, log, kind, name, check, context)
        builds = not (check.name == FIRST and found.outcome is Outcome.FAILED)
        yield found


def _finding(
    worker: WorkerProcess, log: Path, kind: Kind, name: str, check: Described, context: ExecutionContext
) -> Finding:
    log.unlink(missing_ok=True)
    try:
        found: Finding = worker.call(
            "optbench.testing.examination:examine_one", kind, name, check.name, context, timeout=TIMEOUT, log=log
        )
    except (WorkerDied, WorkerTimeout) as error:
        found = Finding(kind, name, check.name, Outcome.FAILED, check.expected, str(error), check.why)
    output = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return replace(found, output=output.strip())


def _refuse_unknown(checks: Collection[str], known: Collection[str]) -> None:
    for name in checks:
        if name not in known:
            raise UnknownName("check", name, known)
