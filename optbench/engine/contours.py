"""Whether a task's landscape, on which reports draw paths, is the loss that is minimised."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch

from optbench.engine.evaluation import evaluate
from optbench.engine.loop import Training
from optbench.registry.components import resolve
from optbench.registry.landscape import Landscape

ROUNDING = 1e-6
"""Of losses in float32, as a share of the landscape's height at the corners of its window."""


def misfit(landscape: Landscape, run: Training) -> str:
    """Return in words where the landscape is not the run's training loss at its weights; empty where it is."""
    point = torch.cat([parameter.detach().flatten() for parameter in run.model.parameters()]).tolist()
    if len(point) != len(landscape.window):
        return f"the model has {len(point)} parameters, the landscape {len(landscape.window)}"
    loss = evaluate(run.predict, run.splits.train, run.loss, "loss").loss
    corners = itertools.product(*landscape.window)
    height, *others = (
        float(resolve(landscape.function)(*map(np.asarray, place))) for place in (point, *landscape.minima, *corners)
    )
    minima, steepest = others[: len(landscape.minima)], max(map(abs, others[len(landscape.minima) :]))
    rounding = ROUNDING * steepest
    if not math.isclose(height, loss, rel_tol=1e-4, abs_tol=rounding):
        return f"at {point} the landscape {landscape.function} is {height:.6g}, the training loss {loss:.6g}"
    if max(minima, default=loss) > loss + rounding:
        return f"a minimum of the landscape has the value {max(minima):.6g}, the training loss is {loss:.6g}"
    return ""
