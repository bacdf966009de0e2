"""The clocks of a run: waiting for data, training, evaluating, and what the time of a training step is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from optbench.training.backends import backend_of
from optbench.training.stopwatch import Stopwatch


class Clock:
    """The clocks of a run on one device. Each second belongs to `data`, `train`, `eval` or to the setup.

    `prepare`, `schedule`, `gradient` and `update` are parts of `train`; the last two are taken on the device's own time
    line, which nobody has to wait for, where it has one.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.data, self.train, self.eval = Stopwatch(), Stopwatch(), Stopwatch()
        self.prepare = Stopwatch()
        """What has to be done before the weights can be evaluated."""
        self.schedule = Stopwatch()
        """Setting the learning rates."""
        self.gradient = backend_of(device).stopwatch()
        """Zeroing, forward, backward and clipping, inside a step with a closure too."""
        self.update = backend_of(device).stopwatch()
        """`optimizer.step`, with the closure that it may call."""

    def settle(self) -> None:
        """Charge what the device still has queued to `train`: once per evaluation point, never per step."""
        with self.train:
            backend_of(self._device).synchronize(self._device)
        self.gradient.settle()
        self.update.settle()

    def warmed_up(self) -> None:
        """Leave what has happened so far, the first step, out of its parts."""
        for part in (self.schedule, self.gradient, self.update):
            part.reset()

    def update_alone(self, takes_closure: bool) -> float:
        """Return the seconds of `optimizer.step`, without those of the closure, which happens in it."""
        return self.update.seconds - (self.gradient.seconds if takes_closure else 0.0)

    def add(self, other: Clock, share: float) -> None:
        """Add a share of what another clock has measured."""
        for name in _CLOCKS:
            getattr(self, name).seconds += share * getattr(other, name).seconds

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
        self.settle()
        return {name: getattr(self, name).seconds for name in _CLOCKS}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from where clocks stood."""
        for name in _CLOCKS:
            getattr(self, name).seconds = state[name]


_CLOCKS = ("data", "train", "eval", "prepare", "schedule", "gradient", "update")
