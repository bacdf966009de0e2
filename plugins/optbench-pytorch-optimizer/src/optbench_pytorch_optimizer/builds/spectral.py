"""SpectralSphere for matrices, which is all it takes, and AdamW for everything else, as one optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_optimizer
import torch
from torch import nn

from optbench_pytorch_optimizer.builds.matrices import split


class SpectralSphere(pytorch_optimizer.SpectralSphere):
    """SpectralSphere whose groups with `method="adamw"` are AdamW's, on the same groups and state."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do one step."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        groups = self.param_groups
        adamw = torch.optim.AdamW([torch.zeros(0)])
        adamw.state = self.state  # type: ignore[assignment]
        adamw.param_groups = [group for group in groups if group.get("method") == "adamw"]
        adamw.step()
        self.param_groups = [g for g in groups if g.get("method") != "adamw"]
        super().step()
        self.param_groups = groups
        return loss


def spectralsphere(model: nn.Module, *, total_steps: int, weight_decay: float, **options: Any) -> SpectralSphere:
    """Build SpectralSphere for the matrices of `model` that are not embeddings, AdamW for all else."""
    matrices, others = split(model, weight_decay, 2, 2)
    adamw = {**torch.optim.AdamW([torch.zeros(0)]).defaults, "method": "adamw"}
    del adamw["lr"]
    return SpectralSphere([*matrices, *({**adamw, **group} for group in others)], **options)
