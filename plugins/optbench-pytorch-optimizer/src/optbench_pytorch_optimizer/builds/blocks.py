"""Adam-mini, which tells blocks of parameters apart by their names."""

from __future__ import annotations

from typing import Any

import optbench
import pytorch_optimizer
from torch import nn


def adammini(
    model: nn.Module, *, total_steps: int, lr: float, weight_decay: float, **options: Any
) -> pytorch_optimizer.AdamMini:
    """Build Adam-mini, with weight decay where optbench has it."""
    optimizer = pytorch_optimizer.AdamMini(model, lr=lr, weight_decay=weight_decay, **options)
    decays = {
        id(p): group["weight_decay"]
        for group in optbench.parameter_groups(model, weight_decay)
        for p in group["params"]
    }
    for group in optimizer.param_groups:
        group["weight_decay"] = decays[id(group["params"][0])]
    return optimizer
