"""`optbench time`: what the steps of a suite's optimizers cost here, apart from learning runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from optbench.cli import options
from optbench.cli.output import Output, output_options
from optbench.cli.progress import ProgressBar
from optbench.options import parse_options
from optbench.runs.timing import Timing
from optbench.timing import REFERENCE, ROUNDS, summary, time_suite


@click.command()
@options.suite
@options.results_root
@options.device
@options.profile
@options.optimizer
@options.task
@options.plugin
@options.executor
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True, help="Measurements of each.")
@click.option("--reference", default=REFERENCE, show_default=True, metavar="NAME", help="What ratios are relative to.")
@click.option(
    "--timeout", type=options.Seconds(min=0, min_open=True), metavar="SECONDS", help="Time limit of each optimizer."
)
@options.data
@output_options
def time(suite: str, rounds: int, reference: str, output: Output, **given: Any) -> int:
    """Measure what the steps of SUITE's optimizers cost.

    On each task, one process makes a block of steps with every optimizer in turn, round by round in random order, on
    the same weights and the same batch. What is measured is kept in the suite's results folder, where reports take
    their times from; nothing needs to have been run before. Do it on a machine that does nothing else.
    """
    sys.path.append(str(Path.cwd()))
    measured: list[Timing] = []
    with ProgressBar(output) as progress:
        for timing, path in time_suite(suite, parse_options(given), progress, rounds, reference):
            measured.append(timing)
            output.show(f"{summary(timing)}\n")
            for found in timing.optimizers:
                if found.reason:
                    output.error(f"{timing.task}: {found.spec.optimizer} was not timed: {found.reason}")
            progress.note(f"{timing.task} on {timing.device}: kept in {path}")
    output.document([timing.model_dump(mode="json") for timing in measured])
    return 1 if any(found.reason for timing in measured for found in timing.optimizers) else 0
