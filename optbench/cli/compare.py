"""`optbench compare`: what changed between two campaigns, or two entries of one; the gate of an optimizer's library."""

from __future__ import annotations

import click

from optbench import session
from optbench.analysis.comparison.change import Verdict
from optbench.cli.output import Output, output_options
from optbench.store.results import DEFAULT_MARGIN

GATE_CLOSED = 3


@click.command()
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
@click.option(
    "--out",
    type=click.Path(),
    metavar="DIR",
    help="Where to write the page.  [default: comparison/ in the folder of AFTER]",
)
@click.option(
    "--margin",
    type=click.FloatRange(min=0, max=1),
    default=DEFAULT_MARGIN,
    show_default=True,
    help="Differences that do not matter: a share of a loss, points of an accuracy.",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice([Verdict.WORSE.value, Verdict.UNDECIDED.value, Verdict.BETTER.value]),
    help="Exit with code 3 where a change is worse, undecided or better; repeatable.",
)
@output_options
def compare(before: str, after: str, out: str | None, margin: float, fail_on: tuple[str, ...], output: Output) -> int:
    """Say what changed from BEFORE to AFTER, as a gate.

    Each is a results folder, or FOLDER:ENTRY. Quality is compared seed by seed, at the rates that are selected now and
    at those that were selected before; then time and memory. A page shows the curves of both in one chart.
    """
    compared = session.compare(before, after, margin)
    page = compared.write(out)
    output.show(f"{compared.summary}\n\nPage: {page}")
    output.document({"page": page} | compared.content)
    return GATE_CLOSED if any(compared.count(verdict) for verdict in fail_on) else 0
