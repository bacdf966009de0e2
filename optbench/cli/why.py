"""`optbench why`: what would make a recorded run be made again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from optbench.cli import options
from optbench.cli.output import Output, output_options
from optbench.why import why as explain


@click.command()
@click.argument("run_id")
@options.results_place
@options.plugin
@options.data
@output_options
def why(run_id: str, results: str, plugins: tuple[str, ...], data: str | None, output: Output) -> None:
    """Say what would make a recorded run be made again.

    RUN_ID is its id, or the beginning of one. It is compared with its results folder's suite, and with the code and the
    data that are here now: each part of its identity that has changed is a line.
    """
    sys.path.append(str(Path.cwd()))
    found = explain(run_id, results, plugins, Path(data) if data else None)
    output.show("\n".join(found.sentences))
    output.document(
        {
            "run_id": found.run_id,
            "up_to_date": found.up_to_date,
            "causes": list(found.causes),
            "unasked": found.unasked,
        }
    )
