"""`optbench check`: the conformance kit, applied to components by name."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from optbench.execution.process import WorkerProcess
    from optbench.runs.context import ExecutionContext
    from optbench.testing.check import Finding, Kind
    from optbench.testing.examination import Described

TIMEOUT = 120.0
"""Seconds that one check of one component may take."""


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--only", "checks", multiple=True, metavar="CHECK", help="Only this check; repeatable.")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
@click.option("--data", metavar="DIR", help="Folder with data files.  [default: $OPTBENCH_DATA, then a cache]")
@click.option("-v", "--verbose", is_flag=True, help="Say what every check found, not only what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(
    names: tuple[str, ...],
    checks: tuple[str, ...],
    plugins: tuple[str, ...],
    data: str | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Examine the behaviour of components.

    NAMES are those of optimizers, models, data sets, tasks, whole distributions, or module:Class. Each check runs in
    a process of its own kind: one that crashes or hangs is a finding like any other. Exit code 1 says that a check
    failed.
    """
    from optbench.testing.check import Outcome

    sys.path.append(str(Path.cwd()))
    findings: list[Finding] = []
    every = _findings(names, checks, plugins, data)
    for _, group in groupby(every, lambda found: (found.kind, found.component)):
        of_one = list(group)
        findings += of_one
        if not as_json:
            _show(of_one, verbose)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(found) for found in findings], indent=2))
    elif len({(found.kind, found.component) for found in findings}) > 1:
        click.echo(f"\nin all: {_counted(findings)}")
    return int(any(found.outcome is Outcome.FAILED for found in findings))


def _findings(
    names: Sequence[str], checks: Sequence[str], plugins: Sequence[str], data: str | None
) -> Iterator[Finding]:
    from optbench.data.folders import data_folders
    from optbench.execution.process import WorkerProcess
    from optbench.registry.discovery import load_registry
    from optbench.runs.context import ExecutionContext
    from optbench.testing.components import examined

    registry = load_registry(plugins)
    folders = data_folders(Path(data) if data else None)
    context = ExecutionContext(
        plugins=registry.files,
        distributions=registry.distributions,
        search_path=tuple(sys.path),
        folders=folders,
    )
    components = list(examined(names, registry))
    worker = WorkerProcess()
    try:
        known = worker.call("optbench.testing.examination:catalogue")
        _refuse_unknown(checks, {described.name for kind, _ in components for described in known[kind]})
        for kind, name in components:
            for described in known[kind]:
                if not checks or described.name in checks:
                    yield _finding(worker, kind, name, described, context)
    finally:
        worker.close()


def _refuse_unknown(checks: Sequence[str], known: Collection[str]) -> None:
    from optbench.errors import UnknownName

    for name in checks:
        if name not in known:
            raise UnknownName("check", name, known)


def _finding(worker: WorkerProcess, kind: Kind, name: str, check: Described, context: ExecutionContext) -> Finding:
    from optbench.execution.process import WorkerDied, WorkerTimeout
    from optbench.testing.check import Finding, Outcome

    try:
        found: Finding = worker.call(
            "optbench.testing.examination:examine_one", kind, name, check.name, context, timeout=TIMEOUT
        )
    except (WorkerDied, WorkerTimeout) as error:
        return Finding(kind, name, check.name, Outcome.FAILED, check.expected, str(error), check.why)
    return found


def _show(findings: Sequence[Finding], verbose: bool) -> None:
    from optbench.testing.check import Outcome

    first = findings[0]
    click.secho(f"{first.kind} {first.component}", bold=True, nl=False)
    click.echo(f": {_counted(findings)}")
    for found in findings:
        if found.outcome is Outcome.FAILED:
            click.secho(f"\n  {found.check} failed", fg="red")
            for label, text in (("expected", found.expected), ("seen", found.seen), ("why", found.why)):
                click.echo(fill(text, 100, initial_indent=f"    {label + ':':10}", subsequent_indent=" " * 14))
        elif verbose or found.outcome is Outcome.LIMIT:
            click.echo(f"  {found.check}: {found.outcome}" + (f": {found.seen}" if found.seen else ""))
    if any(found.outcome is Outcome.FAILED for found in findings):
        click.echo("")


def _counted(findings: Sequence[Finding]) -> str:
    from optbench.testing.check import Outcome

    counts = Counter(found.outcome for found in findings)
    limits = "declared limits" if counts[Outcome.LIMIT] > 1 else Outcome.LIMIT
    words = [f"{counts[o]} {limits if o is Outcome.LIMIT else o}" for o in Outcome if counts[o]]
    return ", ".join(words)
