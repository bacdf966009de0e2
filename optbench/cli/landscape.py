"""`optbench landscape`: the loss around the solution of a recorded run."""

from __future__ import annotations

from pathlib import Path

import click

from optbench.cli import options
from optbench.cli.output import Output, output_options
from optbench.landscape import landscape as draw


@click.command()
@click.argument("results", type=click.Path())
@click.argument("run_id")
@click.option(
    "--out", type=click.Path(), metavar="DIR", help="Where to write it.  [default: landscapes/RUN_ID/ in RESULTS]"
)
@click.option("--points", type=click.IntRange(3, 201), default=25, show_default=True, help="Points along each axis.")
@options.plugin
@options.data
@output_options
def landscape(
    results: str,
    run_id: str,
    out: str | None,
    points: int,
    plugins: tuple[str, ...],
    data: str | None,
    output: Output,
) -> None:
    """Draw the loss around where a recorded run ended.

    The run RUN_ID of the folder RESULTS is repeated. Two pictures: a slice along two random directions, filter-
    normalised, and the plane in which the run's path lies.
    """
    found = draw(results, run_id, out, points, plugins, Path(data) if data else None)
    if not found.repeated:
        output.note(f"the repeated run is not the recorded one, bit for bit: {found.differs}")
    output.show(f"Landscape: {found.figure}")
    output.document({"figure": found.figure, "repeated": found.repeated, "differs": found.differs})
