"""`Timing`: what steps cost on one task, measured apart from learning runs, as it stands in its JSON file."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from optbench.components.device import DeviceName
from optbench.runs.environment import Environment
from optbench.runs.numbers import Count, PositiveSeconds, Seconds
from optbench.runs.spec import RunSpec

SCHEMA_VERSION = 1


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class StepTimes(_Value):
    """What the steps of one optimizer took: a value for each round, the mean over a block of steps, in seconds."""

    spec: RunSpec
    """What made the steps."""
    block: Count = 0
    """Steps in a row that each round measured, whole periods of the optimizer."""
    step_seconds: tuple[PositiveSeconds, ...] = ()
    """Of a whole step: setting the rate, forward, backward, update, every closure evaluation."""
    update_seconds: tuple[PositiveSeconds, ...] = ()
    """Of `optimizer.step` alone, without the closure that it calls."""
    gradient_evaluations: Seconds = 0.0
    """Forward and backward passes per step."""
    reason: str = ""
    """Why there are no times, where there are none."""

    @model_validator(mode="after")
    def _measured_both(self) -> Self:
        if len(self.step_seconds) != len(self.update_seconds):
            raise ValueError("must have as many update_seconds as step_seconds, one for each round")
        return self


class Timing(_Value):
    """One call of `optbench time` on one task and one device.

    Every optimizer is measured in each round, in an order that is drawn anew, by the same process; so those of one
    round have met the same moment of the machine, and their ratio is taken round by round.
    """

    schema_version: int = SCHEMA_VERSION
    suite: str
    task: str
    device: DeviceName
    reference: str
    """The optimizer that ratios are relative to."""
    rounds: Count
    warmup: Count
    """Steps of each optimizer before the first round, at least."""
    optimizers: tuple[StepTimes, ...]
    load: Seconds
    """Processes that wanted to run, the mean over the last minute: before the rounds or after them, the larger."""
    cores: Count
    started: str
    """ISO 8601, UTC."""
    environment: Environment
    """As in records."""

    @property
    def machine(self) -> str:
        """The fingerprint within which seconds compare."""
        return str(self.environment.get("machine", ""))

    @property
    def is_loaded(self) -> bool:
        """Whether more processes wanted to run than there are cores."""
        return self.load > self.cores


def steps_id(spec: RunSpec) -> str:
    """Return what is the same for runs whose steps cost the same: their identity but for rate, seed, phase and fold."""
    hyperparameters = spec.hyperparameters | {"lr": 1.0}
    anyone = {"hyperparameters": hyperparameters, "seed": 0, "phase": "tune", "fold": None}
    return spec.model_copy(update=anyone).run_id
