"""A plugin's hooks: checked for mistakes, called, and what they yield put on the shelves."""

from __future__ import annotations

from types import ModuleType

import pluggy

from optbench.errors import PluginError, closest
from optbench.registry import hookspecs
from optbench.registry.explanation import one_line
from optbench.registry.guard import TooSlow
from optbench.registry.hookspecs import PROJECT
from optbench.registry.listeners import Listener
from optbench.registry.registry import Registry

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_"))
LISTENED = (f"{PROJECT}_run_finished", f"{PROJECT}_environment")
"""Hooks that are called while a campaign runs, not when plugins are loaded."""


def register(registry: Registry, plugin: object, distribution: str, version: str) -> None:
    """Add all that a plugin's hooks yield; raises `PluginError` for a hook or a component that breaks a rule."""
    manager = _manager(plugin)
    for kind, shelf in registry.shelves().items():
        for component, module in _provided(manager, f"{PROJECT}_{kind}"):
            shelf.add(component, distribution, version, module)
    for hook in LISTENED:
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            arguments = tuple(implementation.argnames)
            registry.listeners.append(Listener(hook, distribution, implementation.function, arguments))


def _manager(plugin: object) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin)
    except pluggy.PluginValidationError as error:
        raise PluginError(" ".join(str(error).split())) from error
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            raise PluginError(f"unknown hook {caller.name!r}{closest(caller.name, HOOKS)}")
    for name in vars(plugin) if isinstance(plugin, ModuleType) else ():
        function = getattr(plugin, name)
        if name in HOOKS and callable(function) and manager.parse_hookimpl_opts(plugin, name) is None:
            raise PluginError(f"{name} lacks the decorator @optbench.hookimpl")
    return manager


def _provided(manager: pluggy.PluginManager, hook: str) -> list[tuple[object, str]]:
    """Return what a hook yields, each with the module of the function that yielded it."""
    components: list[tuple[object, str]] = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        try:
            module = implementation.function.__module__
            components.extend((component, module) for component in implementation.function())
        except (PluginError, KeyboardInterrupt, TooSlow):
            raise
        except BaseException as error:  # a plugin may raise anything, SystemExit included
            raise PluginError(f"{hook} failed: {one_line(error)}") from error
    return components
