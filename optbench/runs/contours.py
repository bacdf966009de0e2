"""`Contours`: a test function as numbers, computed where runs happen, so that readers of results call nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator

from optbench.components.component import resolve
from optbench.components.function import TestFunction

POINTS = {1: 801, 2: 201}
"""Points of each axis, by the number of axes."""

Numbers = NDArray[np.float64]


class Contours(BaseModel):
    """A test function over its window, as it stands in its JSON file: the values row by row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: TestFunction
    values: tuple[FiniteFloat, ...]

    @model_validator(mode="after")
    def _values_are_those_of_a_window(self) -> Contours:
        axes = len(self.function.window)
        if len(self.values) != POINTS[axes] ** axes or min(self.values) == max(self.values):
            raise ValueError(f"values: {self.function.function} needs {POINTS[axes] ** axes} of them, not all the same")
        return self


def axes_of(function: TestFunction) -> tuple[Numbers, ...]:
    """Return the points of each axis of a function's window."""
    return tuple(np.linspace(low, high, POINTS[len(function.window)]) for low, high in function.window)


def contours_of(function: TestFunction) -> Contours:
    """Call a test function over its window; raises what it raises, and `ValueError` where its values are of no use."""
    axes = axes_of(function)
    values = np.asarray(resolve(function.function)(*np.meshgrid(*axes)), dtype=float)
    if values.shape != tuple(map(len, axes)) or not np.isfinite(values).all() or values.min() == values.max():
        raise ValueError(f"{function.function} gives values of shape {values.shape}, not all finite or all the same")
    return Contours(function=function, values=tuple(values.ravel().tolist()))
