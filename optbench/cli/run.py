"""`optbench run`: carry out a suite, or what is left of it, and write its report."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

from optbench import session
from optbench.cli import options
from optbench.cli.complete import components
from optbench.cli.dry_run import describe
from optbench.cli.output import Output, output_options
from optbench.cli.progress import ProgressBar
from optbench.options import parse_options
from optbench.plan import prepare
from optbench.runs.record import RunStatus
from optbench.wording import plural


@click.command()
@options.suite
@options.results_root
@options.name
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Runs at a time.  [default: cores, or GPUs]")
@options.device
@options.profile
@options.optimizer
@options.task
@click.option("--report-seeds", type=click.IntRange(min=1), metavar="N", help="Report runs of each entry.")
@options.plugin
@click.option(
    "--diagnostic",
    "diagnostics",
    multiple=True,
    metavar="NAME",
    help="Measure this inside the runs too; repeatable.",
    shell_complete=components("diagnostics"),
)
@options.reporter
@click.option(
    "--shard",
    metavar="I/N",
    help="Carry out the part I of N, for job arrays; the parts share a folder, or are merged.",
)
@options.executor
@click.option("--control", is_flag=True, help="Run the reference a second time with other seeds, to show the noise.")
@click.option("--dry-run", is_flag=True, help="Say what would be run, and how long it would take.")
@click.option(
    "--retry",
    multiple=True,
    type=click.Choice([str(status) for status in RunStatus]),
    metavar="STATUS",
    help="Run those recorded with this status again; repeatable.",
)
@click.option(
    "--timeout", type=options.Seconds(min=0, min_open=True), metavar="SECONDS", help="Time limit of each run."
)
@click.option(
    "--checkpoint-every",
    type=options.Seconds(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How often long runs write what they go on from where they are killed; 0 for never.",
)
@click.option("--memory-limit", metavar="SIZE", help="Memory limit of each run's processes, such as 4GiB.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails unexpectedly.")
@options.data
@output_options
def run(suite: str, dry_run: bool, output: Output, **given: Any) -> int:
    """Carry out SUITE and write its report.

    SUITE is a TOML file, or a packaged suite such as suites/standard. The same command continues an interrupted run.
    Exit code 1 says that some runs failed unexpectedly; a learning rate that diverges is a result, not a failure.
    """
    sys.path.append(str(Path.cwd()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ProgressBar(output) as progress:
        if dry_run:
            return describe(prepare(suite, parse_options(given), progress, download=False), output)
        finished = session.run(suite, progress, **given)
    if output.as_json:
        output.document(_document(finished))
    elif finished.written is None:
        output.show(repr(finished))
    else:
        output.show(f"{finished.written.summary}\n\nReport: {finished.page}")
    if finished.broken:
        output.error(f"{plural(finished.broken, 'run')} failed unexpectedly; the report says which and why")
    return 1 if finished.broken else 0


def _document(finished: session.Finished) -> dict[str, Any]:
    about = {"folder": finished.folder, "page": finished.page}
    outcome = finished.written.outcome if finished.written else {}
    return about | {"statuses": finished.statuses, "broken": finished.broken} | outcome
