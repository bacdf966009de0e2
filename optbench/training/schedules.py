"""Learning-rate schedules as factors of the peak rate, one per step; `optbench.builtin.schedules` declares them."""

from __future__ import annotations

import math
from collections.abc import Callable

from optbench.components.component import resolve
from optbench.components.schedule import Schedule
from optbench.errors import UsageError
from optbench.training.blame import blamed

Factor = Callable[[int], float]
"""Step 0, 1, … to the factor of the peak learning rate in that step's update."""


DECAY = 0.2
"""Share of the steps in which `warmup_stable_decay` decays."""


def schedule_factor(schedule: Schedule, steps: int, warmup: float) -> Factor:
    """Return a schedule's factor for a run of `steps` updates, `warmup` of which (a share) are its warm-up."""
    with blamed(f"schedule {schedule.name!r}", schedule.build):
        factor: Factor = resolve(schedule.build)(steps, round(warmup * steps))
    return factor


def factors(schedule: Schedule, steps: int, warmup: float) -> list[float]:
    """Return a schedule's factor in each step; raises `UsageError` for one that is no rate's factor."""
    owner = f"schedule {schedule.name!r}"
    factor = schedule_factor(schedule, steps, warmup)
    with blamed(owner, schedule.build):
        found = [float(factor(step)) for step in range(steps)]
    for step, value in enumerate(found):
        if not 0 <= value < math.inf:
            raise UsageError(f"{owner}: its factor is {value:g} in step {step} of {steps}; give finite ones from 0 on")
    return found


def constant(steps: int, warmup_steps: int) -> Factor:
    """1 throughout, without a warm-up."""
    return lambda step: 1.0


def warmup_cosine(steps: int, warmup_steps: int) -> Factor:
    """Rise linearly, reaching 1 in the last update of the warm-up; then fall as half a cosine.

    It would reach 0 in the step after the last. Source: Loshchilov and Hutter, SGDR, 2017, arXiv:1608.03983,
    equation 5, without restarts.
    """

    def after(step: int) -> float:
        return 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / (steps - warmup_steps)))

    return _warmed_up(warmup_steps, after)


def linear(steps: int, warmup_steps: int) -> Factor:
    """Rise as `warmup_cosine` does; then fall in a line that would reach 0 in the step after the last."""
    return _warmed_up(warmup_steps, lambda step: (steps - step) / (steps - warmup_steps))


def warmup_stable_decay(steps: int, warmup_steps: int) -> Factor:
    """Rise linearly, stay at 1, and in the last fifth of the steps fall as 1 - sqrt(share of the fifth that is over).

    The decay would reach 0 in the step after the last; a warm-up that is longer than four fifths delays it. Sources: Hu
    et al., MiniCPM, 2024, arXiv:2404.06395, section 4; Hägele et al., 2024, arXiv:2405.18392, equation of 1 - sqrt.
    """
    start = max(steps - max(1, round(DECAY * steps)), warmup_steps)

    def after(step: int) -> float:
        return 1.0 if step < start else 1 - math.sqrt((step - start) / (steps - start))

    return _warmed_up(warmup_steps, after)


def inverse_sqrt(steps: int, warmup_steps: int) -> Factor:
    """Rise linearly to 1 in update number w, the last of the warm-up, and fall as sqrt(w / n) with the number n.

    Without a warm-up w is 1. Source: Vaswani et al., Attention is all you need, 2017, arXiv:1706.03762, equation 3,
    divided by its largest value.
    """
    peak = max(1, warmup_steps)
    return _warmed_up(warmup_steps, lambda step: math.sqrt(peak / (step + 1)))


def step_decay(steps: int, warmup_steps: int) -> Factor:
    """Rise linearly, stay at 1, and be divided by ten after half of the steps, and again after three quarters.

    Source: He et al., Deep residual learning for image recognition, 2016, arXiv:1512.03385, section 4.2: at 32k and 48k
    of 64k iterations.
    """
    return _warmed_up(warmup_steps, lambda step: 0.1 ** ((2 * step >= steps) + (4 * step >= 3 * steps)))


def _warmed_up(warmup_steps: int, after: Factor) -> Factor:
    return lambda step: (step + 1) / warmup_steps if step < warmup_steps else after(step)
