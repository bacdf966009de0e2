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

    def state_dict(self) -> dict[str, Any]:
        """Return what has failed, and what those remember that say so by a `state_dict` of their own."""
        states = {name: _method(probe, "state_dict", dict)() for name, probe in self._probes.items()}
        return {"notes": list(self.notes), "probes": states}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.notes[:] = state["notes"]
        self._probes = {name: probe for name, probe in self._probes.items() if name in state["probes"]}
        for name, probe in self._probes.items():
            _method(probe, "load_state_dict", lambda remembered: None)(state["probes"][name])

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        try:
            with undisturbed():
                yield
        except (Exception, SystemExit) as error:
            self._probes.pop(name, None)
            self.notes.append(" ".join(f"diagnostic {name} failed: {type(error).__name__}: {error}".split()))


def _method(probe: Any, name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    method: Callable[..., Any] = getattr(probe, name, otherwise)
    return method


def _named(name: str, answer: Any) -> Iterator[tuple[str, float]]:
    if isinstance(answer, Mapping):
        yield from ((f"{name}.{key}", float(value)) for key, value in answer.items())
    else:
        yield name, float(answer)
