"""`optbench run`: carry out a suite, or what is left of it, and write its report."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

from optbench import session
from optbench.cli.dry_run import describe
from optbench.cli.progress import ProgressBar
from optbench.runs.record import RunStatus


@click.command()
@click.argument("suite")
@click.option("--results", default="results", metavar="DIR", help="Root of all results folders.  [default: results]")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Runs at a time.  [default: cores, or GPUs]")
@click.option("--device", "devices", multiple=True, metavar="D", help="auto, cpu, cuda, cuda:INDEX or mps; repeatable.")
@click.option("--profile", type=click.Choice(["smoke", "default", "paper"]), default="default", show_default=True)
@click.option("-o", "--optimizer", "optimizers", multiple=True, metavar="NAME", help="Only this; or module:Class.")
@click.option("-t", "--task", "tasks", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--report-seeds", type=click.IntRange(min=1), metavar="N", help="Report runs of each entry.")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
@click.option("--diagnostic", "diagnostics", multiple=True, metavar="NAME", help="Measure this inside the runs too.")
@click.option("--reporter", "reporters", multiple=True, metavar="NAME", help="Write this form of the report too.")
@click.option("--executor", default="local", metavar="NAME", help="Where runs are carried out.  [default: local]")
@click.option("--control", is_flag=True, help="Run the reference a second time with other seeds, to show the noise.")
@click.option("--dry-run", is_flag=True, help="Say what would be run, and how long it would take.")
@click.option(
    "--retry",
    multiple=True,
    type=click.Choice([str(status) for status in RunStatus]),
    metavar="STATUS",
    help="Run such records again.",
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Limit of one run.")
@click.option("--data", metavar="DIR", help="Folder with data files.  [default: $OPTBENCH_DATA, then a cache]")
def run(suite: str, dry_run: bool, **options: Any) -> int:
    """Carry out SUITE and write its report.

    SUITE is a TOML file, or a packaged suite such as suites/standard. The same command continues an interrupted run.
    Exit code 1 says that some runs failed unexpectedly; a learning rate that diverges is a result, not a failure.
    """
    sys.path.append(str(Path.cwd()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if dry_run:
        return describe(suite, options)
    with ProgressBar() as progress:
        finished = session.run(suite, progress, **options)
    click.echo(session.summary(finished.folder))
    click.echo(f"\nReport: {finished.page}")
    if finished.broken:
        click.echo(
            f"{finished.broken} run{'s' * (finished.broken > 1)} failed unexpectedly; the report says which and why.",
            err=True,
        )
    return 1 if finished.broken else 0
