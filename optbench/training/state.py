"""`TrainingState`: everything that a run is in the middle of, besides its model and its optimizer."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from optbench.runs.record import Evaluation, Final
from optbench.training.clock import Clock
from optbench.training.divergence import DivergenceWatch
from optbench.training.memory import ResidentMemory


class Best(NamedTuple):
    """The best weights so far, where the task reports those and not the last ones."""

    score: float
    """The validation metric, lower is better."""
    step: int
    weights: dict[str, Tensor]


@dataclass
class TrainingState:
    """How far a run has come, kept up to date while it runs, so that a run that raises leaves its beginning."""

    clock: Clock
    peak_rates: list[Any] = field(default_factory=list)
    """The learning rate of each parameter group, which the schedule multiplies; taken before the first step."""
    step: int = 0
    """Updates made."""
    samples: int = 0
    gradient_evaluations: int = 0
    first_step_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """One training loss for each update, as far as they are read back."""
    unread: list[Tensor] = field(default_factory=list)
    """Losses that still lie on the device."""
    evaluations: list[Evaluation] = field(default_factory=list)
    memory: ResidentMemory = field(default_factory=ResidentMemory)
    """Of this process, and so no part of what is kept."""
    watch: DivergenceWatch = field(default_factory=DivergenceWatch)
    diverged: str = ""
    """Why the run was stopped; empty while it is sound."""
    best: Best | None = None
    final: Final | None = None

    @property
    def is_evaluated(self) -> bool:
        """Whether the weights as they are have been evaluated."""
        return bool(self.evaluations) and self.evaluations[-1].step == self.step

    def read_losses(self) -> None:
        """Read losses back from the device, and look whether they diverge."""
        losses = torch.stack(self.unread).tolist() if self.unread else []
        self.unread.clear()
        self.take_losses(losses)

    def take_losses(self, losses: Sequence[float]) -> None:
        """Note the losses of the next steps, and look whether they diverge."""
        self.losses += losses
        self.diverged = self.diverged or self.watch.look(losses)

    def keep_if_best(self, score: float, model: nn.Module) -> None:
        """Keep a copy of the model's weights if their score (lower is better) is the best so far."""
        if self.best is None or score < self.best.score:
            self.best = Best(score, self.step, copy.deepcopy(model.state_dict()))

    def state_dict(self) -> dict[str, Any]:
        """Return all of it as plain data and tensors."""
        return {
            "clock": self.clock.state_dict(),
            "watch": self.watch.state_dict(),
            "best": None if self.best is None else self.best._asdict(),
            "evaluations": [point.model_dump() for point in self.evaluations],
            "final": None if self.final is None else self.final.model_dump(),
            "losses": list(self.losses),
            "unread": list(self.unread),
        } | {name: copy.copy(getattr(self, name)) for name in _PLAIN}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.clock.load_state_dict(state["clock"])
        self.watch.load_state_dict(state["watch"])
        self.best = None if state["best"] is None else Best(**state["best"])
        self.evaluations = [Evaluation.model_validate(point) for point in state["evaluations"]]
        self.final = None if state["final"] is None else Final.model_validate(state["final"])
        self.losses, self.unread = list(state["losses"]), list(state["unread"])
        for name in _PLAIN:
            setattr(self, name, copy.copy(state[name]))


_PLAIN = ("peak_rates", "step", "samples", "gradient_evaluations", "first_step_seconds", "diverged")
