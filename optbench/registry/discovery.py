"""Find plugins and fill the registry; what is broken is quarantined, one plugin at a time."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distributions
from importlib.metadata import version as installed_version
from pathlib import Path
from types import ModuleType
from typing import Any

from optbench.errors import PluginError, UsageError, closest
from optbench.registry.explanation import one_line, place_of
from optbench.registry.guard import TooSlow, contained
from optbench.registry.hookspecs import PROJECT
from optbench.registry.registration import register
from optbench.registry.registry import Plugin, Registry
from optbench.registry.requirements import unmet

PIN = "OPTBENCH_PLUGINS"
"""Environment variable with the distributions to use, separated by commas; unset, all that are installed are used."""
LOAD_LIMIT = 30.0
"""Seconds that a plugin may take to be imported and to name its components."""


def load_registry(files: Sequence[str | Path] = (), use: Sequence[str] | None = None) -> Registry:
    """Return the registry of the built-ins, of installed plugins, and of plugin `files`; `Registry.plugins` lists them.

    A plugin that cannot be imported, takes longer than `LOAD_LIMIT`, needs what is not installed, clashes, or breaks a
    rule is quarantined: listed with its problem and otherwise ignored. A plugin file that is not there or breaks
    a rule raises `PluginError`, as the user named it; where it cannot be imported, the rest still runs.

    Which distributions are loaded says `$OPTBENCH_PLUGINS`. A worker names those to `use` instead, which the
    coordinator has loaded without a problem, and has no limit here: its run has one.
    """
    registry = Registry()
    limit = LOAD_LIMIT if use is None else None
    installed = _installed()
    chosen = _pinned(installed) if use is None else {_normalised(name) for name in use}
    _load(registry, _built_ins(), None)
    for key, distribution in sorted(installed.items()):
        if key in chosen:
            _load(registry, distribution, limit)
        else:
            registry.plugins.append(Plugin(distribution.name, distribution.version, left_out=True))
    for path in dict.fromkeys(Path(file).resolve() for file in files):
        _load(registry, _File(path), limit)
    return registry


def version_of(distribution: str) -> str:
    """Version of an installed distribution, or "" where it is not installed."""
    try:
        return installed_version(distribution)
    except PackageNotFoundError:
        return ""


def source_checksum(path: Path) -> str:
    """Return six hex digits that change with a file: what is shown as the version of a plugin file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:6]


@dataclass(frozen=True)
class _Distribution:
    """An installed distribution that announces plugins."""

    name: str
    version: str
    requirements: tuple[str, ...]
    entry_points: tuple[EntryPoint, ...]
    file = ""

    @property
    def way_out(self) -> str:
        return f"upgrade it or uninstall it: pip uninstall {self.name}"

    @property
    def packages(self) -> set[str]:
        return {_top_level(point) for point in self.entry_points}

    def load(self) -> list[object]:
        return [point.load() for point in {point.value: point for point in self.entry_points}.values()]


@dataclass(frozen=True)
class _File:
    """A Python file with hooks that the user named; raises `PluginError` where it cannot be one."""

    path: Path
    requirements = ()
    way_out = "change it or do without it"

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise PluginError(f"plugin file {self.file!r} does not exist")
        if self.path.suffix != ".py":
            raise PluginError(f"plugin file {self.file!r} is not a Python file (*.py)")
        stem = self.path.stem
        if stem in sys.stdlib_module_names or getattr(sys.modules.get(stem), "__file__", self.file) != self.file:
            raise PluginError(f"plugin file {self.name!r} has the name of another module; rename it")

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def version(self) -> str:
        return source_checksum(self.path)

    @property
    def file(self) -> str:
        return str(self.path)

    @property
    def packages(self) -> set[str]:
        return {self.path.stem}

    def load(self) -> list[object]:
        return [self._loaded() or self._imported()]

    def _loaded(self) -> ModuleType | None:
        """Return its module where this process has imported it, as it is now: a notebook's user may have edited it."""
        module = sys.modules.get(self.path.stem)
        return module if getattr(getattr(module, "__spec__", None), "loader_state", "") == self.version else None

    def _imported(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        assert spec is not None
        assert spec.loader is not None
        spec.loader_state = self.version
        if str(self.path.parent) not in sys.path:
            sys.path.append(str(self.path.parent))
        module = sys.modules[self.path.stem] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            sys.modules.pop(self.path.stem, None)
            raise
        return module


_Source = _Distribution | _File


def _built_ins() -> _Distribution:
    point = EntryPoint(PROJECT, "optbench.builtin.plugin", PROJECT)
    return _Distribution(PROJECT, version_of(PROJECT), (), (point,))


def _installed() -> dict[str, _Distribution]:
    """Return the distributions that announce plugins, by their normalised names; of two copies the one imported."""
    found: dict[str, _Distribution] = {}
    for distribution in distributions():
        with contextlib.suppress(Exception):  # a distribution, anybody's, whose metadata nobody can read
            points = tuple(distribution.entry_points.select(group=PROJECT))
            if points:
                name = _declared(distribution, "name") or _top_level(points[0])
                version, requirements = (_declared(distribution, what) for what in ("version", "requires"))
                found.setdefault(
                    _normalised(name), _Distribution(name, version or "", tuple(requirements or ()), points)
                )
    return found


def _top_level(point: EntryPoint) -> str:
    return re.split(r"\W", point.value)[0]


def _declared(distribution: Distribution, what: str) -> Any:
    """Return a part of a distribution's metadata; none where it has no metadata."""
    with contextlib.suppress(Exception):
        return getattr(distribution, what)
    return None


def _normalised(name: str) -> str:
    """Return a distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinned(installed: Mapping[str, _Distribution]) -> Collection[str]:
    pin = os.environ.get(PIN)
    if pin is None:
        return installed
    names = [name.strip() for name in pin.split(",") if name.strip()]
    for name in names:
        if _normalised(name) not in {*installed, PROJECT}:
            raise UsageError(
                f"{PIN}: {name!r} is no installed plugin{closest(name, [known.name for known in installed.values()])}"
            )
    return {_normalised(name) for name in names}


def _load(registry: Registry, source: _Source, limit: float | None) -> None:
    problem = unmet(source.requirements)
    with contained(limit) as attempt:
        if not problem:
            for plugin in source.load():
                register(registry, plugin, source.name, source.version)
    if attempt.error is not None:
        problem = f"{_explained(attempt.error, source)}; {source.way_out}"
        for shelf in registry.shelves().values():
            shelf.discard(source.name)
        registry.listeners[:] = [kept for kept in registry.listeners if kept.distribution != source.name]
        if source.name == PROJECT:
            raise attempt.error
        if source.file and isinstance(attempt.error, PluginError):
            raise PluginError(f"plugin {source.name}: {problem}") from attempt.error
    provides = {
        kind: sum(provided.distribution == source.name for provided in shelf.values())
        for kind, shelf in registry.shelves().items()
    }
    provides["listeners"] = sum(listener.distribution == source.name for listener in registry.listeners)
    registry.plugins.append(
        Plugin(source.name, source.version, source.file, provides, attempt.seconds, attempt.output, problem)
    )


def _explained(error: BaseException, source: _Source) -> str:
    if isinstance(error, TooSlow):
        return f"{error}; import its library where it builds, not at the top of a module"
    text = str(error) if isinstance(error, PluginError) else f"its import failed: {one_line(error)}"
    return text + place_of(error, source.packages)
