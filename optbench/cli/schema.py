"""`optbench schema`: the JSON schema of suite files, for editors."""

from __future__ import annotations

import json

import click

from optbench.suite.schema import json_schema


@click.command()
def schema() -> None:
    """Print the JSON schema of suite files."""
    click.echo(json.dumps(json_schema(), indent=2))
