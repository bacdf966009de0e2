"""Methods that want to know how many steps there will be."""

from __future__ import annotations

from typing import Any

import optbench
import pytorch_optimizer
from torch import nn


def ranger21(model: nn.Module, *, total_steps: int, weight_decay: float, **options: Any) -> pytorch_optimizer.Ranger21:
    """Build Ranger21 for a run of `total_steps`."""
    groups = optbench.parameter_groups(model, weight_decay)
    return pytorch_optimizer.Ranger21(groups, num_iterations=total_steps, **options)
