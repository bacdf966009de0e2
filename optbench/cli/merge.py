"""`optbench merge`: the results folders of several machines or shards as one."""

from __future__ import annotations

from pathlib import Path

import click

from optbench.cli.output import Output, output_options
from optbench.store.merge import merge as join
from optbench.wording import plural


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path())
@click.option("--into", required=True, type=click.Path(), metavar="DIR", help="The folder that is to hold them all.")
@output_options
def merge(sources: tuple[str, ...], into: str, output: Output) -> int:
    """Copy what results folders hold into one.

    The SOURCES are results folders of one suite, or of parts of it. Doing it again changes nothing. Where a run is
    recorded differently in two of them, the record that is in DIR already stays there, and exit code 1 says so, as it
    does for records that cannot be read.
    """
    done = join([Path(source) for source in sources], Path(into))
    for line in (*done.conflicts, *done.unreadable):
        output.show(line)
    conflicts = f", {plural(len(done.conflicts), 'conflict')}" if done.conflicts else ""
    unreadable = f", {len(done.unreadable)} unreadable" if done.unreadable else ""
    output.show(
        f"{plural(done.added, 'file')} added to {into}, {done.already_there} already there{conflicts}{unreadable}"
    )
    output.document(
        {
            "folder": into,
            "added": done.added,
            "already_there": done.already_there,
            "conflicts": done.conflicts,
            "unreadable": done.unreadable,
        }
    )
    return 1 if done.conflicts or done.unreadable else 0
