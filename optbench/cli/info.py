"""`optbench info`: all that is declared about one component."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import click

from optbench.cli import options
from optbench.cli.complete import components
from optbench.cli.output import Output, json_option
from optbench.errors import UnknownName
from optbench.registry.discovery import load_registry


@click.command()
@click.argument("name", shell_complete=components())
@options.plugin
@json_option
def info(name: str, plugins: tuple[str, ...], output: Output) -> None:
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
        output.show(click.style(f"{kind} {name}", bold=True) + f"  (from {provided.origin})")
        for key, value in _shown(_fields(provided.component)):
            output.show(f"  {key}: {value}")
    output.document(
        [
            {"kind": kind, "distribution": provided.distribution, "version": provided.version}
            | {"declared": _fields(provided.component)}
            for kind, provided in found
        ]
    )


def _fields(component: Any) -> dict[str, Any]:
    """Return all that is declared."""
    if dataclasses.is_dataclass(component):
        return {field.name: getattr(component, field.name) for field in dataclasses.fields(component)}
    return {key: getattr(component, key) for key in type(component).model_fields}


def _shown(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is declared as text, leaving out what is empty."""
    for key, value in fields.items():
        if key == "name" or value in ("", (), None) or value == {}:
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{k} = {v}" for k, v in value.items())
        elif isinstance(value, tuple):
            value = "; ".join(map(str, value))
        yield key.replace("_", " "), str(value)
