"""The Muon family: an orthogonalised update for matrices and convolutions, AdamW for everything else.

Embeddings, vectors and scalars go to AdamW, whose learning rate is `adamw_lr_factor * lr`, so that one learning rate
moves both, in the ratio of the class's own defaults.
"""

from __future__ import annotations

from typing import Any

import pytorch_optimizer
import torch
from torch import nn

from optbench_pytorch_optimizer.builds.matrices import split


def muon(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build Muon."""
    return _build(pytorch_optimizer.Muon, model, **options)


def adamuon(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build AdaMuon."""
    return _build(pytorch_optimizer.AdaMuon, model, **options)


def adago(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build AdaGO."""
    return _build(pytorch_optimizer.AdaGO, model, **options)


def normuon(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build NorMuon."""
    return _build(pytorch_optimizer.NorMuon, model, **options)


def muonclip(model: nn.Module, *, total_steps: int, **options: Any) -> torch.optim.Optimizer:
    """Build MuonClip, whose clip does nothing as nobody tells it the attention's logits."""
    return _build(pytorch_optimizer.MuonClip, model, **options)


def _build(
    kind: type[Any], model: nn.Module, lr: float, adamw_lr_factor: float, weight_decay: float, **options: Any
) -> torch.optim.Optimizer:
    matrices, others = split(model, weight_decay, 2, 99)
    groups = [{**group, "lr": lr, "use_muon": True} for group in matrices]
    groups += [{**group, "lr": adamw_lr_factor * lr, "use_muon": False} for group in others]
    optimizer: torch.optim.Optimizer = kind(groups, lr=lr, **options)
    return optimizer
