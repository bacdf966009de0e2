"""What all components have in common: a name, and a `build` that is resolved only where it is needed.

A component is a named value. What it builds is said by `build`: a callable, or its import string
`"package.module:name"`, which is resolved only in the worker that runs it, so that listing components
imports neither torch nor anybody's library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import FunctionType
from typing import Any, Protocol

from optbench.errors import PluginError, UnknownName, UsageError

Build = str | Callable[..., Any]
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._+-]*$"
NAME = re.compile(NAME_PATTERN)
IMPORT_STRING = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


def resolve(build: Build, owner: str = "") -> Callable[..., Any]:
    """Return the callable that `build` names; import strings are `"package.module:attribute"`.

    Raises whatever the import raises, `UnknownName` where the module lacks the attribute, and `UsageError` for what a
    notebook or a script itself defines.
    """
    if callable(build):
        return build
    module_name, _, attribute = build.partition(":")
    if module_name == "__main__":
        raise UsageError(_not_to_be_imported(attribute))
    found: Any = import_module(module_name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UnknownName(f"attribute of {module_name}", part, [n for n in dir(found) if n[0] != "_"])
        found = getattr(found, part)
    if not callable(found):
        raise PluginError(f"{owner or build}: {build!r} is {found!r}, which cannot be called")
    return found  # type: ignore[no-any-return]


def import_string(build: type | FunctionType) -> str:
    """Return the import string of a class or a function; raises `UsageError` for one that workers cannot import."""
    name = f"{build.__module__}:{build.__qualname__}"
    if build.__module__ == "__main__" or not IMPORT_STRING.match(name):
        raise UsageError(_not_to_be_imported(build.__qualname__))
    return name


def _not_to_be_imported(name: str) -> str:
    last = name.rpartition(".")[2]
    where = "inside a function" if "<locals>" in name else "in the notebook or script itself"
    file = last.lower()
    return (
        f"{last} is defined {where}, from which worker processes cannot import it; move it to a file, {file}.py "
        f"(in a notebook: a cell that begins with %%writefile {file}.py), and name it '{file}:{last}'"
    )


def is_plain(value: object) -> bool:
    """Whether a value survives a round trip through JSON: what a record can hold and a `run_id` can hash."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


class Named(Protocol):
    """Whatever a plugin provides under a name, with the code behind it."""

    @property
    def name(self) -> str:
        """What suites and options call it."""

    @property
    def build(self) -> Build:
        """What is called to have it, or its import string."""


def check_name(named: Any) -> None:
    """Raise `PluginError` for a component whose name cannot be one."""
    if not isinstance(named.name, str) or not NAME.match(named.name):
        raise PluginError(f"{type(named).__name__.lower()} name {named.name!r}: use letters, digits and . _ + - only")


def check_named(named: Named) -> None:
    """Raise `PluginError` for a name that cannot be one, or a `build` that can be neither called nor imported."""
    check_name(named)
    if not is_build(named.build):
        kind = type(named).__name__.lower()
        raise PluginError(f"{kind} {named.name!r}: build={named.build!r} is neither callable nor 'module:name'")


def check_component(component: Named, arguments: Mapping[str, Any], argument: str = "option") -> None:
    """Raise `PluginError` for a component that breaks a rule: its name, its build, the defaults of its arguments."""
    check_named(component)
    for mistake in _mistakes_in_arguments(arguments, argument):
        raise PluginError(f"{type(component).__name__.lower()} {component.name!r}: {mistake}")


def is_build(value: object) -> bool:
    """Whether a value can be called or is an import string."""
    return callable(value) or is_import_string(value)


def is_import_string(value: object) -> bool:
    """Whether a value is an import string, `"package.module:name"`."""
    return isinstance(value, str) and IMPORT_STRING.match(value) is not None


def _mistakes_in_arguments(arguments: Mapping[str, Any], argument: str) -> Iterator[str]:
    for key, value in arguments.items():
        if not (isinstance(key, str) and key.isidentifier()):
            yield f"{argument} {key!r} cannot be the name of an argument: use letters, digits and _ only"
        if not is_plain(value):
            yield f"{key}={value!r} is not plain data (finite numbers, text, …)"
