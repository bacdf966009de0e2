"""`Schedule`: the course of the learning rate over a run, as a factor of its peak."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.components.component import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule that tasks and entries can name.

    `build(steps, warmup_steps)` returns a function of the step 0, 1, …, `steps - 1`: what the peak rate of each
    parameter group is multiplied with in the update of that step, a finite number that is not negative.
    """

    name: str
    build: Build
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        check_named(self)
