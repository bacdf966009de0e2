"""`optbench power`: what difference the seeds of a campaign resolve, and how many more resolve a given one."""

from __future__ import annotations

from pathlib import Path

import click

from optbench.analysis.analysis import analyse
from optbench.cli.output import Output, json_option
from optbench.reporting.tables.power import resolution_table
from optbench.reporting.text import as_text
from optbench.store.load import read_results


@click.command()
@click.argument("results", type=click.Path())
@click.option("--difference", type=click.FloatRange(min=0, min_open=True), metavar="D", help="Find this difference.")
@json_option
def power(results: str, difference: float | None, output: Output) -> None:
    """Say what differences the seeds of RESULTS resolve.

    And how many seeds resolve a given difference, or that of the best mean and the next one. D is in the unit of the
    metrics as they are recorded: 0.01 is one per cent of accuracy. Verdicts are simulated with noise like that of the
    recorded report runs; a difference is resolved that they find in four of five cases. More seeds are added by
    `optbench run SUITE --report-seeds N`.
    """
    table = resolution_table(analyse(read_results([Path(results)])), difference)
    nothing = "No task has two entries whose report runs, at least two of each, all completed."
    output.show(as_text(table) if table.rows else nothing)
    output.document(table.data.to_dict("records"))
