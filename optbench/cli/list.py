"""`optbench list`: what there is to name in a suite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry, Shelf

KINDS = tuple(Registry().shelves())


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
def list_components(kind: str | None, as_json: bool, plugins: tuple[str, ...]) -> None:
    """List what plugins provide.

    KIND narrows it to optimizers, models, datasets, tasks, schedules, losses, metrics, suites, diagnostics, executors
    or reporters.
    """
    registry = load_registry(plugins)
    shelves = {name: shelf for name, shelf in registry.shelves().items() if kind in (None, name)}
    if as_json:
        content = {
            name: [
                {
                    "name": key,
                    "description": getattr(provided.component, "description", ""),
                    "distribution": provided.distribution,
                    "version": provided.version,
                }
                for key, provided in shelf.items()
            ]
            for name, shelf in shelves.items()
        }
        click.echo(json.dumps(content, indent=2))
    else:
        _show(shelves)
    for problem in registry.problems:
        click.echo(f"optbench: {problem}", err=True)


def _show(shelves: Mapping[str, Shelf[Any]]) -> None:
    for name, shelf in shelves.items():
        click.secho(f"{name.capitalize()} ({len(shelf)})", bold=True)
        width = max(map(len, shelf), default=0)
        for key, provided in shelf.items():
            origin = "" if provided.distribution == "optbench" else f"  [{provided.origin}]"
            click.echo(f"  {key:{width}}  {getattr(provided.component, 'description', '')}{origin}".rstrip())
