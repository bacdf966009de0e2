"""`Surface`: a task's test function as numbers, to draw paths on."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optbench.components.component import resolve
from optbench.components.function import Point, TestFunction
from optbench.components.task import Task

_POINTS = {1: 801, 2: 201}
"""Points of each axis, by the number of axes."""
_LEVELS, _BELOW_THE_LOWEST = 9, 0.004
"""Levels of contours, and the share of the window that lies below the lowest one."""

Numbers = NDArray[np.float64]


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


def surfaces(tasks: Iterable[Task]) -> dict[str, Surface]:
    """The surfaces of the tasks with a test function, by name; without those whose function cannot be had or fails."""
    found = {}
    for task in tasks:
        if task.test_function:
            try:
                found[task.name] = surface(task.test_function)
            except Exception as error:
                logging.getLogger("optbench").warning("task %s has no contours: %r", task.name, error)
    return found


def surface(test_function: TestFunction) -> Surface:
    """Compute a surface; raises what the function raises, and `ValueError` where its values are of no use."""
    n = _POINTS[len(test_function.window)]
    axes = tuple(np.linspace(low, high, n) for low, high in test_function.window)
    values = np.asarray(resolve(test_function.function)(*np.meshgrid(*axes)), dtype=float)
    if values.shape != (n,) * len(axes) or not np.isfinite(values).all() or values.min() == values.max():
        raise ValueError(
            f"{test_function.function} gives values of shape {values.shape}, not all finite or all the same"
        )
    return Surface(axes, values, test_function.minima)
