"""Learning-rate schedules as factors of the peak rate, one per step; `optbench.components.schedule` lists them."""

from __future__ import annotations

import math
from collections.abc import Callable

from optbench.components.component import resolve
from optbench.components.schedule import SCHEDULES

Factor = Callable[[int], float]
"""Step 0, 1, … to the factor of the peak learning rate in that step's update."""


def schedule_factor(schedule: str, steps: int, warmup: float) -> Factor:
    """Return a schedule's factor for a run of `steps` updates, `warmup` of which (a share) are its warm-up."""
    factor: Factor = resolve(SCHEDULES[schedule].build)(steps, round(warmup * steps))
    return factor


def is_constant(schedule: str, steps: int, warmup: float) -> bool:
    """Whether a schedule has one factor throughout a run."""
    factor = schedule_factor(schedule, steps, warmup)
    return all(factor(step) == factor(0) for step in range(steps))


def constant(steps: int, warmup_steps: int) -> Factor:
    """1 throughout, without a warm-up."""
    return lambda step: 1.0


def warmup_cosine(steps: int, warmup_steps: int) -> Factor:
    """Rise linearly, reaching 1 in the last update of the warm-up; then fall as half a cosine.

    It would reach 0 in the step after the last. Source: Loshchilov and Hutter, SGDR, 2017, arXiv:1608.03983,
    equation 5, without restarts.
    """

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        return 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / (steps - warmup_steps)))

    return factor
