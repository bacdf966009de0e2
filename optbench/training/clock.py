"""Three clocks: waiting for data, training, evaluating. Each second of a run belongs to one of them or to the setup."""

from __future__ import annotations

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

    def settle(self) -> None:
        """Charge what the device still has queued to `train`: once per evaluation point, never per step."""
        with self.train:
            backend_of(self._device).synchronize(self._device)

    def state_dict(self) -> dict[str, float]:
        """Return the seconds on each clock."""
        return {"data": self.data.seconds, "train": self.train.seconds, "eval": self.eval.seconds}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from where clocks stood."""
        self.data.seconds, self.train.seconds, self.eval.seconds = state["data"], state["train"], state["eval"]
