"""Methods that keep their state in a subspace of each matrix's gradients, which the class wants told by its groups."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytorch_optimizer
import torch
from torch import nn

from optbench_pytorch_optimizer.builds.matrices import split


def galore(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build GaLore."""
    return _build(pytorch_optimizer.GaLore, model, **options)


def fira(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build Fira."""
    return _build(pytorch_optimizer.Fira, model, **options)


def apollo(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build APOLLO."""
    return _build(pytorch_optimizer.APOLLO, model, **options)


def _build(
    kind: type[Any],
    model: nn.Module,
    lr: float,
    rank: float,
    update_proj_gap: int,
    scale: float,
    projection_type: str,
    weight_decay: float,
    **options: Any,
) -> torch.optim.Optimizer:
    """Build with `rank` as a number of directions, or below 1 as a share of each matrix's smaller side."""
    matrices, groups = split(model, weight_decay, 2, 2)
    projection = {"update_proj_gap": update_proj_gap, "scale": scale, "projection_type": projection_type}
    for group in matrices:
        by_rank: dict[int, list[nn.Parameter]] = defaultdict(list)
        for p in group["params"]:
            by_rank[_directions(rank, min(p.shape))].append(p)
        groups += [{**group, **projection, "params": params, "rank": r} for r, params in by_rank.items()]
    optimizer: torch.optim.Optimizer = kind(groups, lr=lr, **options)
    return optimizer


def _directions(rank: float, side: int) -> int:
    return max(1, min(side, int(rank * side) if rank < 1 else int(rank)))
