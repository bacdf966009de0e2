"""`optbench schema`: the JSON schema of suite files, for editors."""

from __future__ import annotations

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON schema of suite files."""
    from optbench.suite.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
