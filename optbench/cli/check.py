"""`optbench check`: the conformance kit, applied to components by name."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill, indent

import click

from optbench.data.folders import data_folders
from optbench.registry.discovery import load_registry
from optbench.testing.check import Finding, Outcome
from optbench.testing.examiner import findings

OUTPUT_LINES = 20
"""Lines of what a component printed that are shown."""


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

    NAMES are those of optimizers, models, data sets, tasks, schedules, losses, metrics, whole distributions, or
    module:Class. Each check runs in a process of its own kind: one that crashes or hangs is a finding like any other.
    Exit code 1 says that a check failed.
    """
    sys.path.append(str(Path.cwd()))
    every: list[Finding] = []
    found = findings(names, checks, load_registry(plugins), data_folders(Path(data) if data else None))
    for _, group in groupby(found, lambda one: (one.kind, one.component)):
        of_one = list(group)
        every += of_one
        if not as_json:
            _show(of_one, verbose)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in every], indent=2))
    elif len({(one.kind, one.component) for one in every}) > 1:
        click.echo(f"\nin all: {_counted(every)}")
    return int(any(one.outcome is Outcome.FAILED for one in every))


def _show(findings: Sequence[Finding], verbose: bool) -> None:

    first = findings[0]
    click.secho(f"{first.kind} {first.component}", bold=True, nl=False)
    click.echo(f": {_counted(findings)}")
    for found in findings:
        if found.outcome is Outcome.FAILED:
            _show_failure(found)
        elif verbose or found.outcome is Outcome.LIMIT:
            click.echo(f"  {found.check}: {found.outcome}" + (f": {found.seen}" if found.seen else ""))
            if verbose:
                _show_output(found)
    if not verbose:
        for seen, checks in _grouped(f for f in findings if f.outcome is Outcome.NOT_EXAMINED):
            what = f"{len(checks)} checks: " if len(checks) > 1 else ""
            click.echo(f"  not examined: {what}{seen}")
    if any(found.outcome is Outcome.FAILED for found in findings):
        click.echo("")


def _show_failure(found: Finding) -> None:
    click.secho(f"\n  {found.check} failed", fg="red")
    for label, text in (("expected", found.expected), ("seen", found.seen), ("why", found.why)):
        click.echo(fill(text, 100, initial_indent=f"    {label + ':':10}", subsequent_indent=" " * 14))
    _show_output(found)


def _show_output(found: Finding) -> None:
    """What the component printed, of which the end says most."""
    if found.output:
        click.echo("    it printed:")
        click.echo(indent("\n".join(found.output.splitlines()[-OUTPUT_LINES:]), " " * 6))


def _grouped(findings: Iterable[Finding]) -> Iterator[tuple[str, list[str]]]:
    """What was seen, with the checks that saw it."""
    checks: dict[str, list[str]] = {}
    for found in findings:
        checks.setdefault(found.seen, []).append(found.check)
    yield from checks.items()


def _counted(findings: Sequence[Finding]) -> str:

    counts = Counter(found.outcome for found in findings)
    limits = "declared limits" if counts[Outcome.LIMIT] > 1 else Outcome.LIMIT
    words = [f"{counts[o]} {limits if o is Outcome.LIMIT else o}" for o in Outcome if counts[o]]
    return ", ".join(words)
