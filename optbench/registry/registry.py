"""`Registry`: validated name to component, with the distribution and version that provided it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from optbench.errors import PluginError, UnknownName
from optbench.registry.components import IMPORT_STRING, Dataset, Model, Optimizer
from optbench.registry.hookspecs import SuiteSource
from optbench.registry.task import Task

T = TypeVar("T")


@dataclass(frozen=True)
class Provided(Generic[T]):
    """A component and where it came from."""

    component: T
    distribution: str
    version: str

    @property
    def revision(self) -> int:
        """The component's own revision; for one from a file, a number that changes with the file."""
        return int(self.version, 16) if self.distribution.endswith(".py") else int(self.component.revision)  # type: ignore[attr-defined]

    @property
    def origin(self) -> str:
        """The distribution with its version: `optbench 0.1.0`."""
        return f"{self.distribution} {self.version}".rstrip()


@dataclass(frozen=True)
class Problem:
    """A plugin that was quarantined, and why."""

    plugin: str
    message: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} is not used: {self.message}"


class Shelf(Mapping[str, Provided[T]]):
    """The components of one kind by name; an unknown name is an error that knows the closest one."""

    def __init__(self, kind: str, component_type: type[T]) -> None:
        self.kind, self.component_type = kind, component_type
        self._items: dict[str, Provided[T]] = {}

    def __getitem__(self, name: str) -> Provided[T]:
        if name not in self._items:
            raise UnknownName(self.kind, name, self._items)
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, component: Any, distribution: str, version: str) -> None:
        """Add a component; raises `PluginError` for a wrong type or a name that is taken."""
        if not isinstance(component, self.component_type):
            raise PluginError(f"{component!r} is not an optbench.{self.component_type.__name__}")
        name: str = component.name  # type: ignore[attr-defined]
        if name in self._items:
            raise PluginError(
                f"{self.kind} {name!r} of {distribution} {version} clashes with the one of {self._items[name].origin}; "
                "rename one of them or uninstall one"
            )
        self._items[name] = Provided(component, distribution, version)

    def discard(self, distribution: str) -> None:
        """Remove whatever a quarantined plugin had already added."""
        self._items = {k: v for k, v in self._items.items() if v.distribution != distribution}


@dataclass(frozen=True)
class Registry:
    """Everything that the installed plugins provide, and what is wrong with those that are not used."""

    optimizers: Shelf[Optimizer] = field(default_factory=lambda: Shelf("optimizer", Optimizer))
    models: Shelf[Model] = field(default_factory=lambda: Shelf("model", Model))
    datasets: Shelf[Dataset] = field(default_factory=lambda: Shelf("dataset", Dataset))
    tasks: Shelf[Task] = field(default_factory=lambda: Shelf("task", Task))
    suites: Shelf[SuiteSource] = field(default_factory=lambda: Shelf("suite", SuiteSource))
    problems: list[Problem] = field(default_factory=list)

    def shelves(self) -> dict[str, Shelf[Any]]:
        """All shelves by the plural that the command line and the hooks use."""
        return {
            "optimizers": self.optimizers,
            "models": self.models,
            "datasets": self.datasets,
            "tasks": self.tasks,
            "suites": self.suites,
        }

    def optimizer(self, name: str) -> Provided[Optimizer]:
        """Return a registered optimizer, or the class that an import string `module:Class` names."""
        if IMPORT_STRING.match(name):
            module, _, attribute = name.partition(":")
            component = Optimizer(name=attribute.rpartition(".")[2], build=name, lr_ref=1e-3)
            return Provided(component, module.partition(".")[0], "")
        return self.optimizers[name]
