"""`optbench new`: write a plugin distribution to start from."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path

import click

from optbench.registry.discovery import load_registry
from optbench.scaffold.project import KINDS, Kind, Project
from optbench.scaffold.write import render, write


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--path", type=click.Path(), metavar="DIR", help="Folder to write.  [default: optbench-NAME]")
def new(kind: Kind, name: str, path: str | None) -> None:
    """Write a plugin distribution to start from.

    It provides an optimizer, model, data set or task NAME, and is ready to be edited and published. It is
    installable, tested and documented as it is; docs/plugins.md leads from there to a published plugin.
    """
    project = Project(kind, name)
    project.check_free(load_registry())
    folder = Path(path or project.distribution)
    write(render(project, datetime.datetime.now(tz=datetime.UTC).year), folder)
    click.echo(f"Wrote {project.distribution} to {folder}. It works as it is; next:\n")
    quoted = shlex.quote(str(folder))
    click.echo(f"  pip install -e {shlex.quote(f'{folder}[test]')}")
    click.echo(f"  pytest {quoted}")
    click.echo(f"  optbench check {name}")
    click.echo(f"  {project.run}")
