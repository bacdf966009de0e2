"""`optbench report`: tables, figures and the page from recorded results, without training anything."""

from __future__ import annotations

import click

from optbench import session
from optbench.cli import options
from optbench.cli.output import Output, output_options


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path())
@click.option(
    "--out", type=click.Path(), metavar="DIR", help="Where to write it.  [default: report/ in the first results folder]"
)
@options.reporter
@options.plugin
@output_options
def report(
    results: tuple[str, ...], out: str | None, reporters: tuple[str, ...], plugins: tuple[str, ...], output: Output
) -> None:
    """Write the report of one or several RESULTS folders.

    A folder is such as results/standard. Several, from two devices, two machines, or before and after a change, are
    set side by side.
    """
    page = session.report(*results, out=out, reporters=reporters, plugins=plugins)
    if output.as_json:
        output.document({"page": page} | session.outcome(*results))
    else:
        output.show(f"{session.summary(*results)}\n\nReport: {page}")
