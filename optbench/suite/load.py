"""A suite file to a validated `SuiteFile`: found, parsed, and every mistake in it reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError

from optbench.components.component import IMPORT_STRING, is_plain
from optbench.components.task import Task
from optbench.errors import SuiteError, UnknownName, UsageError, closest
from optbench.registry.registry import Registry, Shelf
from optbench.suite.protocols import PROTOCOLS
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.schema import OptimizerItem, SuiteFile, TaskItem

Location = tuple[str | int, ...]


def find_suite(name: str | Path, registry: Registry) -> Path:
    """Look a suite up as a path, as a path + `.toml`, then by the name under which a plugin ships it.

    Raises `UnknownName` where it is none of these; `suites/standard` and `standard` name the same packaged suite.
    """
    for path in (Path(name), Path(f"{name}.toml")):
        if path.is_file():
            return path
    packaged = str(name).removeprefix("suites/").removesuffix(".toml")
    if packaged in registry.suites:
        return registry.suites[packaged].component.path
    raise UnknownName("suite", str(name), registry.suites, " (a path to a TOML file, or the name of a packaged suite)")


def load_suite_file(name: str | Path, registry: Registry) -> SuiteFile:
    """Load and validate a suite file; raises `SuiteError` with every mistake in it, each with its place."""
    path = find_suite(name, registry)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SuiteError(str(path), [f"not valid TOML: {error}"]) from error
    except OSError as error:
        raise UsageError(f"suite {str(path)!r} cannot be read: {error.strerror}") from error
    return parse_suite(raw, registry, str(path))


def parse_suite(raw: Mapping[str, Any], registry: Registry, source: str = "suite") -> SuiteFile:
    """Validate the content of a suite file; raises `SuiteError` with every mistake in it."""
    try:
        suite = SuiteFile.model_validate(raw)
    except ValidationError as error:
        problems = [_describe(details, raw) for details in error.errors()]
        broken = {details["loc"][:2] for details in error.errors()}
        raise SuiteError(source, problems + list(_wrong_references(_sound_items(raw, broken), registry))) from error
    if missing := list(_missing_plugins(suite, registry)):
        raise SuiteError(source, missing)
    items: dict[Location, BaseModel] = {("tasks", i): item for i, item in enumerate(suite.tasks)}
    items |= {("optimizers", i): item for i, item in enumerate(suite.optimizers)}
    problems = [*_wrong_references(items, registry), *_repeated("tasks", suite.tasks)]
    problems += [*_repeated("optimizers", suite.optimizers), *mistakes_in_grids(suite, suite.protocol)]
    problems += [
        f"diagnostics: unknown diagnostic {name!r}{closest(name, registry.diagnostics)}"
        for name in suite.diagnostics
        if name not in registry.diagnostics
    ]
    if problems:
        raise SuiteError(source, problems)
    return suite


def _missing_plugins(suite: SuiteFile, registry: Registry) -> Iterator[str]:
    """Say which plugins the suite needs and how to get them, instead of listing each of their names as unknown."""
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


def base_task(item: Any, registry: Registry) -> Task | None:
    """Return the registered task that a suite's task starts from; none for one made of model and dataset."""
    if item.task is None and {"model", "dataset"} <= item.model_fields_set:
        return None
    return registry.tasks[item.task or item.name].component


def merged_task(item: Any, registry: Registry) -> Task:
    """Return the task that a suite's item describes; raises `ValidationError` or `UnknownName`."""
    base = base_task(item, registry)
    changes = {k: getattr(item, k) for k in item.model_fields_set - {"task", "fallback"}}
    if base is None:
        return Task.model_validate(changes)
    fields = base.model_dump() | changes
    for options in ("model_options", "dataset_options"):
        fields[options] = getattr(base, options) | changes.get(options, {})
    return Task.model_validate(fields)


def _sound_items(raw: Mapping[str, Any], broken: set[Location]) -> dict[Location, BaseModel]:
    """Validate the items that have no mistake of their own, so that their names can be looked up too."""
    items: dict[Location, BaseModel] = {}
    for key, model in (("tasks", TaskItem), ("optimizers", OptimizerItem)):
        listed = raw.get(key)
        for i, item in enumerate(listed if isinstance(listed, list) and (key,) not in broken else ()):
            if (key, i) not in broken:
                items[key, i] = model.model_validate({"name": item} if isinstance(item, str) else item)
    return items


def _wrong_references(items: Mapping[Location, Any], registry: Registry) -> Iterator[str]:
    for (key, i), item in items.items():
        place = f"{key}[{i}]"
        if key == "tasks":
            yield from _wrong_in_task(place, item, registry)
        else:
            yield from _wrong_in_optimizer(place, item, registry)


def _wrong_in_task(place: str, item: Any, registry: Registry) -> Iterator[str]:
    if item.fallback is not None and item.fallback not in registry.tasks:
        yield f"{place}.fallback: unknown task {item.fallback!r}{closest(item.fallback, registry.tasks)}"
    try:
        task = merged_task(item, registry)
    except UnknownName as error:
        hint = "" if item.task else " (a new task needs both model and dataset)"
        yield f"{place}.{'task' if item.task else 'name'}: {error}{hint}"
        return
    except ValidationError as error:
        for details in error.errors():
            yield _describe({**details, "loc": (*_location(place), *details["loc"])}, {})
        return
    yield from _wrong_component(f"{place}.model", task.model, task.model_options, registry.models)
    yield from _wrong_component(f"{place}.dataset", task.dataset, task.dataset_options, registry.datasets)


def _wrong_component(place: str, name: str, options: Mapping[str, Any], shelf: Shelf[Any]) -> Iterator[str]:
    if name not in shelf:
        yield f"{place}: unknown {shelf.kind} {name!r}{closest(name, shelf)}"
        return
    known = shelf[name].component.options
    for option, value in options.items():
        if option not in known:
            yield f"{place}_options.{option}: {name} has no such option{closest(option, known)}"
        elif not is_plain(value):
            yield f"{place}_options.{option}: {value!r} is not a finite number, a text, or a list or table of these"


def _wrong_in_optimizer(place: str, item: OptimizerItem, registry: Registry) -> Iterator[str]:
    name = item.optimizer or item.name
    if IMPORT_STRING.match(name):
        return
    if name not in registry.optimizers:
        where = "optimizer" if item.optimizer else "name"
        yield f"{place}.{where}: unknown optimizer {name!r}{closest(name, registry.optimizers)}"
        return
    known = registry.optimizers[name].component.defaults
    for key, value in item.fixed.items():
        if key == "lr":
            yield f"{place}.fixed.lr: the learning rate is tuned; set lr_ref, or lr_grid = [{value}]"
        elif key not in known:
            yield f"{place}.fixed.{key}: {name} has no such hyper-parameter{closest(key, known)}"
        elif not is_plain(value):
            yield f"{place}.fixed.{key}: {value!r} is not a finite number, a text, or a list or table of these"


def _repeated(key: str, items: Iterable[Any]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for i, item in enumerate(items):
        first = seen.setdefault(item.name.lower(), i)
        if first != i:
            yield f"{key}[{i}].name: {item.name!r} is the name of {key}[{first}] already"


def mistakes_in_grids(suite: SuiteFile, protocol: Protocol) -> Iterator[str]:
    """Find optimizers that would be tuned with more or less effort than the others, without this being meant."""
    for i, item in enumerate(suite.optimizers):
        if item.lr_grid and (mistake := protocol.mistake_in_grid(item.lr_grid)):
            yield f"optimizers[{i}].lr_grid: {mistake}"


def _describe(details: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """Turn one of pydantic's errors into `tasks[1].steps: …`."""
    location: Location = details["loc"]
    place = _place(location)
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown field{closest(str(location[-1]), _fields_at(location))}"
    if details["type"] == "union_tag_invalid":
        name = details["ctx"]["tag"]
        return f"{place}.name: unknown protocol {name!r}{closest(name, PROTOCOLS)}"
    if details["type"] == "missing":
        return f"{place}: is missing"
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    value = details["input"]
    shown = "" if details["type"] == "value_error" or isinstance(value, dict | list) else f", not {value!r}"
    return f"{place}: {message}{shown}" if place else f"{message}{shown}"


def _place(location: Location) -> str:
    """Write a location as `tasks[1].targets[0].value`; which class of protocol it is about goes without saying."""
    text = ""
    for part in location[:1] + location[2:] if _in_protocol(location) else location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _location(place: str) -> Location:
    key, _, index = place.removesuffix("]").partition("[")
    return key, int(index)


def _fields_at(location: Location) -> Iterable[str]:
    """Names of the fields that may stand where an unknown one does."""
    model: type[BaseModel] = SuiteFile
    if location[0] == "tasks" and len(location) > 1:
        model = TaskItem
    elif location[0] == "optimizers" and len(location) > 1:
        model = OptimizerItem
    elif _in_protocol(location):
        model = PROTOCOLS[str(location[1])]
    return model.model_fields


def _in_protocol(location: Location) -> bool:
    return location[0] == "protocol" and len(location) > 1 and location[1] in PROTOCOLS
