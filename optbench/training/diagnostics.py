"""The diagnostics of a run: built for its model and optimizer, asked at evaluation points, never in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from optbench.components.component import resolve
from optbench.registry.registry import Registry
from optbench.training.seeding import undisturbed


class Diagnosis:
    """Some diagnostics of one run; one that raises is noted and asked no more."""

    def __init__(self, names: Sequence[str], registry: Registry, model: nn.Module, optimizer: Any) -> None:
        self.notes: list[str] = []
        self._probes: dict[str, Callable[[int], Any]] = {}
        for name in names:
            with self._noted(name):
                self._probes[name] = resolve(registry.diagnostics[name].component.build)(model, optimizer)

    @property
    def is_on(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self._probes)

    def __call__(self, step: int) -> dict[str, float]:
        """Return all numbers after `step` steps, as `diagnostic` or `diagnostic.name`."""
        numbers: dict[str, float] = {}
        for name in tuple(self._probes):
            with self._noted(name), torch.no_grad():
                numbers |= dict(_named(name, self._probes[name](step)))
        return numbers

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        try:
            with undisturbed():
                yield
        except (Exception, SystemExit) as error:
            self._probes.pop(name, None)
            self.notes.append(" ".join(f"diagnostic {name} failed: {type(error).__name__}: {error}".split()))


def _named(name: str, answer: Any) -> Iterator[tuple[str, float]]:
    if isinstance(answer, Mapping):
        yield from ((f"{name}.{key}", float(value)) for key, value in answer.items())
    else:
        yield name, float(answer)
