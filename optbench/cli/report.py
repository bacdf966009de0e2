"""`optbench report`: tables, figures and the page from recorded results, without training anything."""

from __future__ import annotations

import click

from optbench import session
from optbench.cli import options
from optbench.cli.output import Output, output_options
from optbench.reporting.formats import FORMATS


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path())
@click.option(
    "--out", type=click.Path(), metavar="DIR", help="Where to write it.  [default: report/ in the first results folder]"
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Draw the figures for papers in this format too; repeatable.  [default: those that are there]",
)
@options.reporter
@options.plugin
@output_options
def report(
    results: tuple[str, ...],
    out: str | None,
    formats: tuple[str, ...],
    reporters: tuple[str, ...],
    plugins: tuple[str, ...],
    output: Output,
) -> None:
    """Write the report of one or several RESULTS folders.

    A folder is such as results/standard. Several, from two devices, two machines, or before and after a change, are
    set side by side.
    """
    written = session.write(*results, out=out, formats=formats, reporters=reporters, plugins=plugins)
    if output.as_json:
        output.document({"page": written.page} | written.outcome)
    else:
        output.show(f"{written.summary}\n\nReport: {written.page}")
