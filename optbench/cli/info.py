"""`optbench info`: all that is declared about one component."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import click

from optbench.errors import UnknownName
from optbench.registry.discovery import load_registry


@click.command()
@click.argument("name")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="A Python file with hooks; repeatable.")
def info(name: str, plugins: tuple[str, ...]) -> None:
    """Show all that is declared about a component.

    NAME is that of an optimizer, model, data set, task, schedule, loss, metric, suite, diagnostic, executor or
    reporter.
    """
    registry = load_registry(plugins)
    shelves = registry.shelves().values()
    found = [(shelf.kind, shelf[name]) for shelf in shelves if name in shelf]
    if not found:
        hint = "".join(f"; {problem}" for problem in registry.problems)
        raise UnknownName("component", name, {key for shelf in shelves for key in shelf}, hint)
    for kind, provided in found:
        click.secho(f"{kind} {name}", bold=True, nl=False)
        click.echo(f"  (from {provided.origin})")
        for key, value in _fields(provided.component):
            click.echo(f"  {key}: {value}")


def _fields(component: Any) -> Iterator[tuple[str, str]]:
    """Yield what is declared, leaving out what is empty."""
    if dataclasses.is_dataclass(component):
        fields = {field.name: getattr(component, field.name) for field in dataclasses.fields(component)}
    else:
        fields = {key: getattr(component, key) for key in type(component).model_fields}
    for key, value in fields.items():
        if key == "name" or value in ("", (), None) or value == {}:
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{k} = {v}" for k, v in value.items())
        elif isinstance(value, tuple):
            value = "; ".join(map(str, value))
        yield key.replace("_", " "), str(value)
