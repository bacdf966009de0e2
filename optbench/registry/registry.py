"""`Registry`: validated name to component, with the distribution and version that provided it."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from optbench.components.component import is_import_string
from optbench.components.dataset import Dataset
from optbench.components.diagnostic import Diagnostic
from optbench.components.executor import Executor
from optbench.components.loss import Loss
from optbench.components.metric import Metric
from optbench.components.model import Model
from optbench.components.optimizer import Optimizer
from optbench.components.reporter import Reporter
from optbench.components.schedule import Schedule
from optbench.components.task import Task
from optbench.errors import PluginError, UnknownName
from optbench.registry.hookspecs import PROJECT, SuiteSource
from optbench.registry.listeners import Listener

T = TypeVar("T")


@dataclass(frozen=True)
class Provided(Generic[T]):
    """A component and where it came from."""

    component: T
    distribution: str
    version: str
    module: str = ""
    """The module whose hook yielded it."""

    @property
    def origin(self) -> str:
        """The distribution with its version: `optbench 0.1.0`."""
        return f"{self.distribution} {self.version}".rstrip()


@dataclass(frozen=True)
class Plugin:
    """A distribution, or a file, with hooks: what it provides, what loading it took, and why it is not used if so."""

    name: str
    version: str
    file: str = ""
    """Where a plugin that is no distribution lies."""
    provides: Mapping[str, int] = field(default_factory=dict)
    """How many components of each kind, by the kind's plural, and how many listeners."""
    seconds: float = 0.0
    output: str = ""
    """What it wrote while it was loaded."""
    problem: str = ""
    """Why it is quarantined, and the way out."""
    left_out: bool = False
    """Whether it was not even imported, because others were chosen."""

    @property
    def used(self) -> bool:
        """Whether its components are there."""
        return not self.problem and not self.left_out


class Shelf(Mapping[str, Provided[T]]):
    """The components of one kind by name; an unknown name is an error that knows the closest one."""

    def __init__(self, kind: str, component_type: type[T], plural: str = "") -> None:
        self.kind, self.component_type = kind, component_type
        self.plural = plural or f"{kind}s"
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

    def add(self, component: Any, distribution: str, version: str, module: str = "") -> None:
        """Add a component; raises `PluginError` for a wrong type or a name that is taken."""
        if not isinstance(component, self.component_type):
            what = f"{reprlib.repr(component)} is not an optbench.{self.component_type.__name__}"
            raise PluginError(f"{PROJECT}_{self.plural}: {what}")
        name: str = component.name  # type: ignore[attr-defined]
        if name in self._items:
            raise PluginError(
                f"{self.kind} {name!r} of {distribution} {version} clashes with the one of {self._items[name].origin}"
            )
        self._items[name] = Provided(component, distribution, version, module)

    def discard(self, distribution: str) -> None:
        """Remove whatever a quarantined plugin had already added."""
        self._items = {k: v for k, v in self._items.items() if v.distribution != distribution}


@dataclass(frozen=True)
class Registry:
    """Everything that plugins provide, and the plugins themselves, those that are not used among them."""

    optimizers: Shelf[Optimizer] = field(default_factory=lambda: Shelf("optimizer", Optimizer))
    models: Shelf[Model] = field(default_factory=lambda: Shelf("model", Model))
    datasets: Shelf[Dataset] = field(default_factory=lambda: Shelf("dataset", Dataset))
    tasks: Shelf[Task] = field(default_factory=lambda: Shelf("task", Task))
    schedules: Shelf[Schedule] = field(default_factory=lambda: Shelf("schedule", Schedule))
    losses: Shelf[Loss] = field(default_factory=lambda: Shelf("loss", Loss, "losses"))
    metrics: Shelf[Metric] = field(default_factory=lambda: Shelf("metric", Metric))
    suites: Shelf[SuiteSource] = field(default_factory=lambda: Shelf("suite", SuiteSource))
    diagnostics: Shelf[Diagnostic] = field(default_factory=lambda: Shelf("diagnostic", Diagnostic))
    executors: Shelf[Executor] = field(default_factory=lambda: Shelf("executor", Executor))
    reporters: Shelf[Reporter] = field(default_factory=lambda: Shelf("reporter", Reporter))
    listeners: list[Listener] = field(default_factory=list)
    """Implementations of the hooks that are called while a campaign runs."""
    plugins: list[Plugin] = field(default_factory=list)
    """In the order in which they were loaded: the built-ins, distributions, files."""

    @property
    def problems(self) -> list[str]:
        """One line for each plugin that is quarantined: its name, what happened, and the way out."""
        return [f"plugin {plugin.name} is not used: {plugin.problem}" for plugin in self.plugins if plugin.problem]

    @property
    def distributions(self) -> tuple[str, ...]:
        """The distributions in use, optbench itself left out: what a worker has to load to build the same registry."""
        return tuple(p.name for p in self.plugins if p.used and not p.file and p.name != PROJECT)

    @property
    def files(self) -> tuple[str, ...]:
        """The plugin files in use."""
        return tuple(p.file for p in self.plugins if p.used and p.file)

    def shelves(self) -> dict[str, Shelf[Any]]:
        """All shelves by the plural that the command line and the hooks use."""
        return {
            "optimizers": self.optimizers,
            "models": self.models,
            "datasets": self.datasets,
            "tasks": self.tasks,
            "schedules": self.schedules,
            "losses": self.losses,
            "metrics": self.metrics,
            "suites": self.suites,
            "diagnostics": self.diagnostics,
            "executors": self.executors,
            "reporters": self.reporters,
        }

    def shelf(self, kind: str) -> Shelf[Any]:
        """Return the shelf of one kind of component, by its singular."""
        return next(shelf for shelf in self.shelves().values() if shelf.kind == kind)

    def listening(self, hook: str) -> list[Listener]:
        """Return the implementations of a hook that is called while a campaign runs."""
        return [listener for listener in self.listeners if listener.hook == hook]

    def optimizer(self, name: str) -> Provided[Optimizer]:
        """Return a registered optimizer, or the class that an import string `module:Class` names."""
        return self._found(self.optimizers, name, lambda short: Optimizer(name=short, build=name, lr_ref=1e-3))

    def schedule(self, name: str) -> Provided[Schedule]:
        """Return a registered schedule, or the function that an import string names."""
        return self._found(self.schedules, name, lambda short: Schedule(name=short, build=name))

    def loss(self, name: str) -> Provided[Loss]:
        """Return a registered loss, or the function that an import string names, which takes whatever targets."""
        return self._found(self.losses, name, lambda short: Loss(name=short, build=name, targets="any"))

    def metric(self, name: str, higher_is_better: bool = False) -> Provided[Metric]:
        """Return a registered metric, or the function that an import string names, of which the task knows its goal."""
        return self._found(
            self.metrics, name, lambda short: Metric(name=short, build=name, higher_is_better=higher_is_better)
        )

    def _found(self, shelf: Shelf[T], name: str, bare: Callable[[str], T]) -> Provided[T]:
        """Return what is on a shelf or, for an import string, what `bare` makes of the attribute's name."""
        if not is_import_string(name):
            return shelf[name]
        module, _, attribute = name.partition(":")
        return Provided(bare(attribute.rpartition(".")[2]), module.partition(".")[0], "")
