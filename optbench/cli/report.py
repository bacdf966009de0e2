"""`optbench report`: tables, figures and the page from recorded results, without training anything."""

from __future__ import annotations

import click

from optbench import session


@click.command()
@click.argument("results", nargs=-1, required=True)
@click.option("--out", metavar="DIR", help="Where to write it.  [default: report/ in the first results folder]")
@click.option("--reporter", "reporters", multiple=True, metavar="NAME", help="Another form as well; repeatable.")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
def report(results: tuple[str, ...], out: str | None, reporters: tuple[str, ...], plugins: tuple[str, ...]) -> None:
    """Write the report of one or several RESULTS folders.

    A folder is such as results/standard. Several, from two devices, two machines, or before and after a change, are
    set side by side.
    """
    page = session.report(*results, out=out, reporters=reporters, plugins=plugins)
    click.echo(session.summary(*results))
    click.echo(f"\nReport: {page}")
