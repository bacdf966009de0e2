"""Which executor a campaign asks for, with which options: a name, `name:argument`, a TOML file, or a table."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optbench.components.executor import Executor
from optbench.components.spaces import is_number
from optbench.errors import UsageError, closest
from optbench.registry.registry import Registry

_FORMS = {str: "text", bool: "true or false", dict: "a table", list: "a list"}


def chosen_executor(given: str | Mapping[str, Any], registry: Registry) -> Executor:
    """Return the executor that is asked for, with the options that are given in place of its defaults.

    Raises `UsageError` with a line for each mistake, `UnknownName` where nothing provides the executor.
    """
    if isinstance(given, Mapping):
        return _with_options(given, registry, "executor")
    if given.endswith(".toml"):
        return _with_options(_read(Path(given)), registry, given)
    name, colon, argument = given.partition(":")
    executor = registry.executors[name].component
    if not colon:
        return executor
    if not executor.argument:
        raise UsageError(f"--executor {given!r}: {name} takes no argument; give {name} alone")
    return dataclasses.replace(executor, options={**executor.options, executor.argument: argument})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--executor {str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error


def _with_options(table: Mapping[str, Any], registry: Registry, source: str) -> Executor:
    name, options = table.get("name"), {key: value for key, value in table.items() if key != "name"}
    if not isinstance(name, str):
        raise UsageError(f"{source}: needs the name of an executor: name = {next(iter(registry.executors))!r}")
    executor: Executor = registry.executors[name].component
    if mistakes := [f"{source}: {mistake}" for mistake in _mistakes(executor, options)]:
        raise UsageError("\n".join(mistakes))
    return dataclasses.replace(executor, options={**executor.options, **options})


def _mistakes(executor: Executor, options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if name not in executor.options:
            yield f"executor {executor.name!r} has no option {name!r}{closest(name, executor.options)}"
        elif (form := _form(executor.options[name])) != _form(value):
            yield f"option {name} of executor {executor.name!r}: must be {form}, not {value!r}"


def _form(value: object) -> str:
    """What kind of thing a value is, in words."""
    return "a number" if is_number(value) else _FORMS.get(type(value), type(value).__name__)
