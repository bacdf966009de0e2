"""What a shell completes: names of components, and paths."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from optbench.registry.discovery import load_registry

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def components(*kinds: str) -> Complete:
    """Complete the names of components of these kinds (plurals, as `optbench list` has them); without any, of all."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        shelves = load_registry().shelves()
        found = {name: item.component for kind in kinds or shelves for name, item in shelves[kind].items()}
        return _starting(incomplete, {name: getattr(item, "description", "") for name, item in found.items()})

    return complete


def suites(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of packaged suites; where none fits, paths of files."""
    packaged = {f"suites/{name}": item.component.description for name, item in load_registry().suites.items()}
    return _starting(incomplete, packaged) or [CompletionItem(incomplete, type="file")]


def _starting(incomplete: str, described: dict[str, str]) -> list[CompletionItem]:
    return [CompletionItem(name, help=line) for name, line in described.items() if name.startswith(incomplete)]
