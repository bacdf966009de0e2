"""`Surface`: a task's test function as numbers, to draw paths on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from optbench.components.function import Point
from optbench.components.task import Task
from optbench.runs.contours import Contours, Numbers, axes_of

_LEVELS, _BELOW_THE_LOWEST = 9, 0.004
"""Levels of contours, and the share of the window that lies below the lowest one."""


@dataclass(frozen=True)
class Surface:
    """A test function over its window: values `[X]` over one parameter, `[Y, X]` over two."""

    axes: tuple[Numbers, ...]
    values: Numbers
    minima: tuple[Point, ...]

    @property
    def levels(self) -> Numbers:
        """Levels of contours, equally spaced in the logarithm of the height above the lowest point, low ones first."""
        heights = self.values - self.values.min()
        lowest = np.quantile(heights[heights > 0], _BELOW_THE_LOWEST)
        levels: Numbers = self.values.min() + np.geomspace(lowest, heights.max(), _LEVELS)
        return levels


def surfaces(tasks: Iterable[Task], recorded: Mapping[str, Contours]) -> dict[str, Surface]:
    """The surfaces of the tasks with a test function, by name, as far as its values are recorded."""
    return {
        task.name: surface(recorded[task.name])
        for task in tasks
        if task.name in recorded and recorded[task.name].function == task.test_function
    }


def surface(contours: Contours) -> Surface:
    """Return recorded values as arrays."""
    axes = axes_of(contours.function)
    return Surface(axes, np.reshape(contours.values, tuple(map(len, axes))), contours.function.minima)
