"""The checks of schedules, on runs of several lengths with and without a warm-up."""

from __future__ import annotations

from collections.abc import Iterator

from optbench.components.schedule import Schedule
from optbench.testing.check import Violation, check
from optbench.training.schedules import factors


def _courses(schedule: Schedule) -> Iterator[tuple[str, list[float]]]:
    """Yield the factors of runs, each with what it is called."""
    for steps in (1, 2, 10, 1000):
        for warmup in (0.0, 0.05, 0.5, 0.9):
            yield f"{steps} steps with a warm-up of {warmup:g}", factors(schedule, steps, warmup)


@check("builds", why="A rate that is not finite, or negative, makes every run diverge.")
def builds(schedule: Schedule) -> None:
    """Its factor is finite and not negative in each step of runs of any length, with and without a warm-up."""
    for _ in _courses(schedule):
        pass


@check("peak", why="What is tuned and shown as the learning rate would not be a rate that the run ever has.")
def peaks_at_one(schedule: Schedule) -> None:
    """The largest factor of a run is 1."""
    for name, course in _courses(schedule):
        if abs(max(course) - 1) > 1e-9:
            raise Violation(f"in {name} its largest factor is {max(course):.6g}")


CHECKS = (builds, peaks_at_one)
