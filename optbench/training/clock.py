"""Three clocks: waiting for data, training, evaluating. Each second of a run belongs to one of them or to the setup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import TracebackType
from typing import Self

import torch

from optbench.training.backends import backend_of


class Stopwatch:
    """Adds up the time spent inside `with` blocks, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += perf_counter() - self._started


class Clock:
    """The three clocks of a run on one device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.data, self.train, self.eval = Stopwatch(), Stopwatch(), Stopwatch()
        self.prepare = Stopwatch()
        """Part of `train`: what has to be done before the weights can be evaluated."""

    def settle(self) -> None:
        """Charge what the device still has queued to `train`: once per evaluation point, never per step."""
        with self.train:
            backend_of(self._device).synchronize(self._device)

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Charge what happens inside, in the middle of an evaluation, to `train` instead."""
        before = self.prepare.seconds
        with self.prepare:
            yield
            backend_of(self._device).synchronize(self._device)
        seconds = self.prepare.seconds - before
        self.train.seconds += seconds
        self.eval.seconds -= seconds

    def state_dict(self) -> dict[str, float]:
        """Return the seconds on each clock."""
        return {name: getattr(self, name).seconds for name in _CLOCKS}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from where clocks stood."""
        for name in _CLOCKS:
            getattr(self, name).seconds = state[name]


_CLOCKS = ("data", "train", "eval", "prepare")
