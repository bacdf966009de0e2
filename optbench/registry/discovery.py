"""Find plugins and fill the registry; what is broken is quarantined, one plugin at a time."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, entry_points
from importlib.metadata import version as installed_version
from pathlib import Path
from types import ModuleType

import pluggy

from optbench.errors import PluginError, closest
from optbench.registry import hookspecs
from optbench.registry.hookspecs import PROJECT
from optbench.registry.registry import Problem, Registry

Source = tuple[str, str, object]
"""(distribution, version, plugin)"""


def load_registry(files: Sequence[str | Path] = ()) -> Registry:
    """Return the registry of the built-ins, of every installed plugin, and of plugin `files`.

    An installed plugin that cannot be imported, clashes, or breaks a rule is listed in `Registry.problems`
    and otherwise ignored. A plugin file that cannot be imported is treated likewise, so that the rest still
    runs; one that is not there, or breaks a rule of the registry, raises `PluginError`: the user named it.
    """
    registry = Registry()
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    _register(manager, registry, (PROJECT, version_of(PROJECT), importlib.import_module("optbench.builtin.plugin")))
    for source in _installed(registry):
        _guarded_register(manager, registry, source)
    for path in dict.fromkeys(Path(file).resolve() for file in files):
        module = _import_file(path, registry)
        if module is not None:
            _register(manager, registry, (path.name, source_checksum(path), module))
    return registry


def version_of(distribution: str) -> str:
    """Version of an installed distribution, or "" where it is not installed."""
    try:
        return installed_version(distribution)
    except PackageNotFoundError:
        return ""


def source_checksum(path: Path) -> str:
    """Return six hex digits that change with a file: the version of a plugin that is not a distribution."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:6]


def _installed(registry: Registry) -> Iterable[Source]:
    for entry_point in entry_points(group=PROJECT):
        distribution = entry_point.dist.name if entry_point.dist else entry_point.module
        version = entry_point.dist.version if entry_point.dist else ""
        try:
            yield distribution, version, entry_point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may raise anything, SystemExit included
            registry.problems.append(Problem(distribution, f"its import failed: {_one_line(error)}"))


def _import_file(path: Path, registry: Registry) -> ModuleType | None:
    if not path.is_file():
        raise PluginError(f"plugin file {str(path)!r} does not exist")
    name = path.stem
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin file {str(path)!r} is not a Python file (*.py)")
    if loaded is not None or (importlib.util.find_spec(name) not in (None, spec) and name in sys.stdlib_module_names):
        raise PluginError(f"plugin file {path.name!r} has the name of another module; rename it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        del sys.modules[name]
        registry.problems.append(Problem(path.name, f"its import failed: {_one_line(error)}"))
        return None
    return module


def _guarded_register(manager: pluggy.PluginManager, registry: Registry, source: Source) -> None:
    try:
        _register(manager, registry, source)
    except PluginError as error:
        registry.problems.append(Problem(source[0], str(error)))


def _register(manager: pluggy.PluginManager, registry: Registry, source: Source) -> None:
    distribution, version, plugin = source
    try:
        name = manager.register(plugin)
    except (ValueError, pluggy.PluginValidationError) as error:
        raise PluginError(_one_line(error)) from error
    try:
        _check_hook_names(manager, plugin)
        for kind, shelf in registry.shelves().items():
            for component in _provided(manager, f"{PROJECT}_{kind}", plugin):
                shelf.add(component, distribution, version)
    except PluginError:
        manager.unregister(name=name)
        for shelf in registry.shelves().values():
            shelf.discard(distribution)
        raise


def _check_hook_names(manager: pluggy.PluginManager, plugin: object) -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_")]
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            raise PluginError(f"unknown hook {caller.name!r}{closest(caller.name, hooks)}")
    for name in vars(plugin) if isinstance(plugin, ModuleType) else ():
        function = getattr(plugin, name)
        if name in hooks and callable(function) and manager.parse_hookimpl_opts(plugin, name) is None:
            raise PluginError(f"{name} lacks the decorator @optbench.hookimpl")


def _provided(manager: pluggy.PluginManager, hook: str, plugin: object) -> list[object]:
    components: list[object] = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        if implementation.plugin is not plugin:
            continue
        try:
            components.extend(implementation.function())
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(f"{hook} failed: {_one_line(error)}") from error
    return components


def _one_line(error: BaseException) -> str:
    """The exception's type and the first line of its text."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
