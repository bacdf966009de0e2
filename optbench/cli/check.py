"""`optbench check`: the conformance kit, applied to components by name."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill, indent

import click

from optbench.cli import options
from optbench.cli.complete import components
from optbench.cli.output import Output, output_options
from optbench.data.folders import data_folders
from optbench.registry.discovery import load_registry
from optbench.testing.check import Finding, Outcome
from optbench.testing.examiner import findings

OUTPUT_LINES = 20
"""Lines of what a component printed that are shown."""


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=components())
@click.option("--only", "checks", multiple=True, metavar="CHECK", help="Only this check; repeatable.")
@options.plugin
@options.data
@click.option("-v", "--verbose", is_flag=True, help="Say what every check found, not only what is wrong.")
@output_options
def check(
    names: tuple[str, ...],
    checks: tuple[str, ...],
    plugins: tuple[str, ...],
    data: str | None,
    verbose: bool,
    output: Output,
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
        output.show("\n".join(_lines(of_one, verbose)))
    if len({(one.kind, one.component) for one in every}) > 1:
        output.show(f"\nin all: {_counted(every)}")
    output.document([dataclasses.asdict(one) for one in every])
    return int(any(one.outcome is Outcome.FAILED for one in every))


def _lines(findings: Sequence[Finding], verbose: bool) -> Iterator[str]:
    """Yield what is said of one component."""
    first = findings[0]
    yield click.style(f"{first.kind} {first.component}", bold=True) + f": {_counted(findings)}"
    for found in findings:
        if found.outcome is Outcome.FAILED:
            yield from _failure(found)
        elif verbose or found.outcome is Outcome.LIMIT:
            yield f"  {found.check}: {found.outcome}" + (f": {found.seen}" if found.seen else "")
            if verbose:
                yield from _printed(found)
    if not verbose:
        for seen, checks in _grouped(f for f in findings if f.outcome is Outcome.NOT_EXAMINED):
            what = f"{len(checks)} checks: " if len(checks) > 1 else ""
            yield f"  not examined: {what}{seen}"
    if any(found.outcome is Outcome.FAILED for found in findings):
        yield ""


def _failure(found: Finding) -> Iterator[str]:
    yield click.style(f"\n  {found.check} failed", fg="red")
    for label, text in (("expected", found.expected), ("seen", found.seen), ("why", found.why)):
        yield fill(text, 100, initial_indent=f"    {label + ':':10}", subsequent_indent=" " * 14)
    yield from _printed(found)


def _printed(found: Finding) -> Iterator[str]:
    """Yield what the component printed, of which the end says most."""
    if found.output:
        yield "    it printed:"
        yield indent("\n".join(found.output.splitlines()[-OUTPUT_LINES:]), " " * 6)


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
