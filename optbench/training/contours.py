"""Whether a task's test function, on which reports draw paths, is the loss that is minimised."""

from __future__ import annotations

import itertools
import math

import numpy as np

from optbench.components.component import resolve
from optbench.components.function import TestFunction
from optbench.training.evaluation import evaluate
from optbench.training.parameters import as_vector
from optbench.training.training import Training

ROUNDING = 1e-6
"""Of losses in float32, as a share of the test function's height at the corners of its window."""


def misfit(test_function: TestFunction, run: Training) -> str:
    """Return in words where the test function is not the run's training loss at its weights; empty where it is."""
    point = as_vector(run.model).tolist()
    if len(point) != len(test_function.window):
        return f"the model has {len(point)} parameters, the test function {len(test_function.window)}"
    loss = evaluate(run.predict, run.splits.train, run.loss).loss
    corners = itertools.product(*test_function.window)
    height, *others = (
        float(resolve(test_function.function)(*map(np.asarray, place)))
        for place in (point, *test_function.minima, *corners)
    )
    minima, steepest = others[: len(test_function.minima)], max(map(abs, others[len(test_function.minima) :]))
    rounding = ROUNDING * steepest
    if not math.isclose(height, loss, rel_tol=1e-4, abs_tol=rounding):
        return f"at {point} the test function {test_function.function} is {height:.6g}, the training loss {loss:.6g}"
    if max(minima, default=loss) > loss + rounding:
        return f"a minimum of the test function has the value {max(minima):.6g}, the training loss is {loss:.6g}"
    return ""
