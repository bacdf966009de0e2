"""How these scripts end: with one line and exit code 2 where what was asked is a mistake."""

from __future__ import annotations

import sys

import click

from optbench.errors import OptbenchError


def run(script: click.Command) -> None:
    """Run a script with the arguments of the command line."""
    try:
        script(standalone_mode=False)
    except (click.ClickException, OptbenchError) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"{script.name}: {message}", err=True)
        sys.exit(2)
