"""Whether a task's landscape, on which reports draw paths, is the loss that is minimised."""

from __future__ import annotations

import math

import numpy as np
import torch

from optbench.engine.evaluation import evaluate
from optbench.engine.loop import Training
from optbench.registry.components import resolve
from optbench.registry.landscape import Landscape


def misfit(landscape: Landscape, run: Training) -> str:
    """Return in words where the landscape is not the run's training loss at its weights; empty where it is."""
    point = torch.cat([parameter.detach().flatten() for parameter in run.model.parameters()]).tolist()
    if len(point) != len(landscape.window):
        return f"the model has {len(point)} parameters, the landscape {len(landscape.window)}"
    loss = evaluate(run.predict, run.splits.train, run.loss, "loss").loss
    height, *minima = (
        float(resolve(landscape.function)(*map(np.asarray, place))) for place in (point, *landscape.minima)
    )
    if not math.isclose(height, loss, rel_tol=1e-4):
        return f"at {point} the landscape {landscape.function} is {height:.6g}, the training loss {loss:.6g}"
    if max(minima, default=loss) > loss:
        return f"a minimum of the landscape has the value {max(minima):.6g}, the training loss is {loss:.6g}"
    return ""
