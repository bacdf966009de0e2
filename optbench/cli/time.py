"""`optbench time`: what the steps of a suite's optimizers cost here, apart from learning runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from optbench.cli.progress import ProgressBar
from optbench.options import parse_options
from optbench.timing import REFERENCE, ROUNDS, summary, time_suite


@click.command()
@click.argument("suite")
@click.option("--results", default="results", metavar="DIR", help="Root of all results folders.  [default: results]")
@click.option("--device", "devices", multiple=True, metavar="D", help="auto, cpu, cuda, cuda:INDEX or mps; repeatable.")
@click.option("--profile", type=click.Choice(["smoke", "default", "paper"]), default="default", show_default=True)
@click.option("-o", "--optimizer", "optimizers", multiple=True, metavar="NAME", help="Only this; or module:Class.")
@click.option("-t", "--task", "tasks", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
@click.option("--executor", default="local", metavar="NAME", help="Where it is measured.  [default: local]")
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True, help="Measurements of each.")
@click.option("--reference", default=REFERENCE, metavar="NAME", help="What ratios are relative to.  [default: sgd]")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Limit per optimizer.")
@click.option("--data", metavar="DIR", help="Folder with data files.  [default: $OPTBENCH_DATA, then a cache]")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON, a line for each task.")
def time(suite: str, rounds: int, reference: str, as_json: bool, **options: Any) -> int:
    """Measure what the steps of SUITE's optimizers cost.

    On each task, one process makes a block of steps with every optimizer in turn, round by round in random order, on
    the same weights and the same batch. What is measured is kept in the suite's results folder, where reports take
    their times from; nothing needs to have been run before. Do it on a machine that does nothing else.
    """
    sys.path.append(str(Path.cwd()))
    failed = 0
    with ProgressBar() as progress:
        for timing, path in time_suite(suite, parse_options(options), progress, rounds, reference):
            click.echo(timing.model_dump_json() if as_json else f"{summary(timing)}\n")
            for found in timing.optimizers:
                if found.reason:
                    failed += 1
                    progress.note(f"{timing.task}: {found.spec.optimizer} was not timed: {found.reason}")
            progress.note(f"{timing.task} on {timing.device}: kept in {path}")
    return 1 if failed else 0
