"""What a suite file says about names that plugins provide, compared with what they provide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name
from pydantic import ValidationError

from optbench.components.component import IMPORT_STRING, is_plain
from optbench.components.task import Task
from optbench.errors import UnknownName, closest
from optbench.registry.registry import Registry, Shelf
from optbench.suite.fields import Location, in_words
from optbench.suite.judged import unknown_in, wrong_names
from optbench.suite.merged import base_task, merged_fields
from optbench.suite.schema import OptimizerItem, SuiteFile


def missing_plugins(suite: SuiteFile, registry: Registry) -> Iterator[str]:
    """Say which plugins the suite needs and how to get them."""
    known = {canonicalize_name(plugin.name): plugin for plugin in registry.plugins}
    missing = [name for name in suite.plugins if canonicalize_name(name) not in known]
    if missing:
        clone = " ".join(f"plugins/{name}" for name in missing)
        yield (
            f"plugins: {' and '.join(missing)} must be installed: pip install {' '.join(missing)} "
            f"(from a clone of optbench: pip install {clone})"
        )
    for name in suite.plugins:
        plugin = known.get(canonicalize_name(name))
        if plugin is not None and not plugin.used:
            why = plugin.problem or "OPTBENCH_PLUGINS leaves it out"
            yield f"plugins: {name} is installed but not used: {why}"


def unknown_names(place: str, item: Any, registry: Registry) -> Iterator[str]:
    """Find the names in a task or an optimizer that nothing provides."""
    if isinstance(item, OptimizerItem):
        name = item.optimizer or item.name
        if not IMPORT_STRING.match(name) and name not in registry.optimizers:
            where = "optimizer" if item.optimizer else "name"
            yield f"{place}.{where}: unknown optimizer {name!r}{closest(name, registry.optimizers)}"
    else:
        yield from _unknown_in_task(place, item, registry)
    for field, shelf in _functions(registry).items():
        named = getattr(item, field, None) or ()
        for _, words in unknown_in(field, [named] if isinstance(named, str) else named, shelf):
            yield f"{place}.{field}: {words}"


def _unknown_in_task(place: str, item: Any, registry: Registry) -> Iterator[str]:
    if item.fallback is not None and item.fallback not in registry.tasks:
        yield f"{place}.fallback: unknown task {item.fallback!r}{closest(item.fallback, registry.tasks)}"
    try:
        base_task(item, registry)
    except UnknownName as error:
        hint = "" if item.task else " (a new task needs both model and dataset)"
        yield f"{place}.{'task' if item.task else 'name'}: {error}{hint}"
    for field, shelf in _shelves(registry).items():
        name = getattr(item, field)
        if name is not None and name not in shelf:
            yield f"{place}.{field}: unknown {shelf.kind} {name!r}{closest(name, shelf)}"


def wrong_settings(location: Location, item: Any, registry: Registry) -> Iterator[tuple[Location, str]]:
    """Find what a task or an optimizer, all of whose names are known, sets that those do not have or cannot be."""
    if isinstance(item, OptimizerItem):
        for field, key, words in _wrong_hyperparameters(item, registry):
            yield (*location, field, key), words
        return
    fields = merged_fields(item, registry)
    try:
        task = Task.model_validate(fields)
    except ValidationError as error:
        for details in error.errors():
            details["loc"] = (*location, *details["loc"])
            yield details["loc"], in_words(details).partition(": ")[2]
    else:
        yield from (((*location, field), words) for field, words in wrong_names(task, registry))
    for field, shelf in _shelves(registry).items():
        if fields.get(field) in shelf:
            known = shelf[fields[field]].component.options
            for key, value in fields.get(f"{field}_options", {}).items():
                if words := _wrong_option(key, value, fields[field], known, "option"):
                    yield (*location, f"{field}_options", key), words


def _wrong_hyperparameters(item: OptimizerItem, registry: Registry) -> Iterator[tuple[str, str, str]]:
    name = item.optimizer or item.name
    if IMPORT_STRING.match(name):
        return
    known = registry.optimizers[name].component.defaults
    for key, value in item.fixed.items():
        if key == "lr":
            yield "fixed", key, f"the learning rate is tuned; set lr_ref, or lr_grid = [{value}]"
        elif words := _wrong_option(key, value, name, known, "hyper-parameter"):
            yield "fixed", key, words
    for key in item.space:
        if key not in {"lr", *known}:
            yield "space", key, f"{name} has no such hyper-parameter{closest(key, known)}"


def _wrong_option(key: str, value: Any, owner: str, known: Mapping[str, Any], kind: str) -> str:
    if key not in known:
        return f"{owner} has no such {kind}{closest(key, known)}"
    return "" if is_plain(value) else f"{value!r} is not a finite number, a text, or a list or table of these"


def _shelves(registry: Registry) -> dict[str, Shelf[Any]]:
    return {"model": registry.models, "dataset": registry.datasets}


def _functions(registry: Registry) -> dict[str, Shelf[Any]]:
    """The components that may be import strings, by the fields that name them."""
    metrics = registry.metrics
    return {"loss": registry.losses, "metric": metrics, "metrics": metrics, "schedule": registry.schedules}
