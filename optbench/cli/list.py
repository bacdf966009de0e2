"""`optbench list`: what there is to name in a suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from optbench.cli import options
from optbench.cli.output import Output, json_option
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Provided, Registry, Shelf

KINDS = tuple(Registry().shelves())


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@options.plugin
@json_option
def list_components(kind: str | None, plugins: tuple[str, ...], output: Output) -> None:
    """List what plugins provide.

    KIND narrows it to optimizers, models, datasets, tasks, schedules, losses, metrics, suites, diagnostics, executors
    or reporters.
    """
    registry = load_registry(plugins)
    shelves = {name: shelf for name, shelf in registry.shelves().items() if kind in (None, name)}
    output.show("\n".join(_lines(shelves)))
    output.document({name: [_described(*item) for item in shelf.items()] for name, shelf in shelves.items()})
    for problem in registry.problems:
        output.note(problem)


def _described(name: str, provided: Provided[Any]) -> dict[str, str]:
    return {
        "name": name,
        "description": getattr(provided.component, "description", ""),
        "distribution": provided.distribution,
        "version": provided.version,
    }


def _lines(shelves: Mapping[str, Shelf[Any]]) -> Iterator[str]:
    for name, shelf in shelves.items():
        yield click.style(f"{name.capitalize()} ({len(shelf)})", bold=True)
        width = max(map(len, shelf), default=0)
        for key, provided in shelf.items():
            origin = "" if provided.distribution == "optbench" else f"  [{provided.origin}]"
            yield (f"  {key:{width}}  {getattr(provided.component, 'description', '')}{origin}".rstrip())
