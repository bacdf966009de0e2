"""`Project`: a plugin distribution that is to be written, and the names of all that is in it."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Literal, get_args

from optbench.errors import UsageError
from optbench.registry.discovery import version_of
from optbench.registry.registry import Registry

Kind = Literal["optimizer", "model", "dataset", "task"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST = 32
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RESERVED = {*keyword.kwlist, "any", "callable", "iterable", "math", "optbench", "pytest", "statistics", "torch"}
"""Python's words, and names under which the written files import something else, as a module or a class."""


@dataclass(frozen=True)
class Project:
    """A distribution with one component; a model and a data set come with a task that shows them at work."""

    kind: Kind
    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or len(self.name) > LONGEST or self.name in RESERVED:
            raise UsageError(
                f"name {self.name!r}: use small letters, digits and single hyphens, a letter first, at most {LONGEST} "
                f"in all, and no name of Python's or torch's own; {_proposal(self.kind, self.name)!r} would do"
            )

    @property
    def noun(self) -> str:
        """The kind of component, as prose names it."""
        return "data set" if self.kind == "dataset" else self.kind

    @property
    def distribution(self) -> str:
        """What `pip install` takes."""
        return f"optbench-{self.name}"

    @property
    def package(self) -> str:
        """What `import` takes."""
        return self.distribution.replace("-", "_")

    @property
    def module(self) -> str:
        """The module in the package that holds the component."""
        return self.name.replace("-", "_")

    @property
    def class_name(self) -> str:
        """The class in the module: `lion-cub` has `LionCub`."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def task(self) -> str:
        """The task on which a model or data set is shown at work; a task's own name; "" for an optimizer."""
        return {"optimizer": "", "model": f"{self.name}-digits", "dataset": f"{self.name}-linear"}.get(
            self.kind, self.name
        )

    @property
    def run(self) -> str:
        """The command that tries the component in a benchmark."""
        chosen = f"-t {self.task}" if self.task else f"-o {self.name} -o adamw"
        return f"optbench run suites/standard --profile smoke {chosen}"

    def check_free(self, registry: Registry) -> None:
        """Raise `UsageError` where a component or an installed distribution has one of these names."""
        for shelf in registry.shelves().values():
            for name in (self.name, self.task):
                if name in shelf:
                    raise UsageError(
                        f"name {self.name!r}: {shelf.kind} {name!r} is there already, from {shelf[name].origin}; "
                        "choose another name"
                    )
        if version := version_of(self.distribution):
            raise UsageError(
                f"name {self.name!r}: {self.distribution} {version} is installed already; choose another name, "
                f"or pip uninstall {self.distribution}"
            )


def _proposal(kind: Kind, name: str) -> str:
    """The closest name that is valid."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    proposal = "-".join(words).lstrip("0123456789-")[:LONGEST].rstrip("-")
    return f"my-{proposal or kind}" if proposal in RESERVED or not proposal else proposal
