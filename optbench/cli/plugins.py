"""`optbench plugins`: which plugins there are, what they provide and cost, and what is wrong with them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence

import click

from optbench.cli import options
from optbench.cli.output import Output, json_option
from optbench.registry.discovery import PIN, load_registry
from optbench.registry.registry import Plugin, Registry

SLOW = 1.0
"""Seconds above which loading a plugin is remarked upon: every command and every worker has to wait for it."""


@click.command("plugins")
@options.plugin
@json_option
def list_plugins(plugins: tuple[str, ...], output: Output) -> None:
    """List the plugins, and what is wrong with them.

    Each is shown with what it provides and how long it takes to load.
    The environment variable OPTBENCH_PLUGINS says which of the installed ones are used: names of distributions with
    commas in between, none at all if it is empty.
    """
    registry = load_registry(plugins)
    found = registry.plugins
    pin = os.environ.get(PIN)
    output.document({"pinned": pin, "plugins": [dataclasses.asdict(p) | {"used": p.used} for p in found]})
    output.show("\n".join(_table(found)))
    pinned = [] if pin is None else [f"pinned by {PIN}={pin!r}: no other installed plugin is used; unset it to use all"]
    remarks = [*pinned, *registry.problems, *(line for plugin in found for line in _remarks(plugin))]
    if remarks:
        output.show("\n" + "\n".join(remarks))


def _table(found: Sequence[Plugin]) -> Iterator[str]:
    rows = [(p.name, p.version, "" if p.left_out else f"{1000 * p.seconds:.0f} ms", _provided(p)) for p in found]
    head = ("plugin", "version", "loaded in", "provides")
    names, versions, times = (max(map(len, column)) for column in list(zip(head, *rows, strict=True))[:3])
    for row, bold in ((head, True), *((row, False) for row in rows)):
        yield click.style(f"{row[0]:{names}}  {row[1]:{versions}}  {row[2]:>{times}}  {row[3]}", bold=bold)


def _provided(plugin: Plugin) -> str:
    if plugin.left_out:
        return "not used: left out by the pin"
    if plugin.problem:
        return "not used: see below"
    one = {plural: shelf.kind for plural, shelf in Registry().shelves().items()} | {"listeners": "listener"}
    counts = [f"{count} {kind if count > 1 else one[kind]}" for kind, count in plugin.provides.items() if count]
    return ", ".join(counts).replace("dataset", "data set") or "nothing"


def _remarks(plugin: Plugin) -> Iterator[str]:
    """Yield a line for each thing that its author should know, besides a problem."""
    if plugin.used and plugin.seconds > SLOW:
        yield (
            f"plugin {plugin.name} takes {plugin.seconds:.1f} s to load: every command and worker waits for it; "
            "import its library where it builds, not at the top of a module"
        )
    if plugin.used and not any(plugin.provides.values()):
        yield f"plugin {plugin.name} provides nothing: no hook of it yields a component"
    if plugin.output:
        first, *others = plugin.output.splitlines()
        more = f" (and {len(others)} more line{'s' * (len(others) > 1)}, see --json)" if others else ""
        yield f"plugin {plugin.name} printed while it was loaded: {first}{more}; silence it there"
