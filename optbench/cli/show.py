"""`optbench show`: all that is known of one recorded run, and whether it can be repeated."""

from __future__ import annotations

from pathlib import Path

import click

from optbench.cli import options
from optbench.cli.output import Output, output_options
from optbench.repeat import repeat as train_again
from optbench.reporting.run_text import run_text
from optbench.reporting.run_view import run_view
from optbench.store.find import find_run, results_folders
from optbench.store.load import environment_of, frame_of


@click.command()
@click.argument("run_id")
@options.results_place
@click.option(
    "--repeat", is_flag=True, help="Train it again and say whether its numbers are the same; nothing is stored."
)
@options.plugin
@options.data
@output_options
def show(run_id: str, results: str, repeat: bool, plugins: tuple[str, ...], data: str | None, output: Output) -> int:
    """Show all that is known of a recorded run.

    RUN_ID is its id, or the beginning of one; the report lists the ids. With --repeat, exit code 1 says that its
    numbers differ by more than rounding.
    """
    store, record = find_run(run_id, results_folders(Path(results)))
    if repeat:
        found = train_again(record, store.suite().timeout, plugins, Path(data) if data else None)
        output.show(f"run {record.run_id}: {found.sentence}")
        output.document({"run_id": record.run_id, "same": found.same, "sentence": found.sentence})
        return 0 if found.same else 1
    points, task = frame_of(record), record.spec.task
    view = run_view(points.iloc[0].to_dict(), task, environment_of(record), str(store.root))
    output.show(run_text(view, points, task))
    output.document(record.model_dump(mode="json"))
    return 0
