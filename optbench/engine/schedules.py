"""Learning-rate schedules as factors of the peak rate, one per step."""

from __future__ import annotations

import math
from collections.abc import Callable

from optbench.registry.task import Schedule

Factor = Callable[[int], float]
"""Step 0, 1, … to the factor of the peak learning rate in that step's update."""


def schedule_factor(schedule: Schedule, steps: int, warmup: float) -> Factor:
    """Return the schedule's factor.

    `constant` is 1. `warmup-cosine` rises linearly over the first `round(warmup * steps)` updates, reaching 1 on the
    last of them, then falls as half a cosine to 0, which the step after the last would use (Loshchilov and
    Hutter 2017, eq. 5, without restarts).
    """
    return _constant if schedule == "constant" else _warmup_cosine(steps, round(warmup * steps))


def _constant(step: int) -> float:
    return 1.0


def _warmup_cosine(steps: int, warmup_steps: int) -> Factor:
    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        return 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / (steps - warmup_steps)))

    return factor
