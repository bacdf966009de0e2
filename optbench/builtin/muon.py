"""Muon for the matrices of a model and AdamW for everything else, as one optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import torch
from torch import nn

from optbench import parameter_groups


class MuonAdamW(torch.optim.Optimizer):
    """`torch.optim.Muon` and `torch.optim.AdamW` behind one `param_groups` and one `state`.

    A group with `method="muon"` takes parameters with two axes; any other group is AdamW's. The two work on
    this optimizer's own groups and state, so that a changed `group["lr"]`, `load_state_dict`, pickling and
    `add_param_group` mean what they mean everywhere. Muon's steps are scaled to the size of AdamW's
    (arXiv:2502.16982, equation 4), so that one learning rate serves both.
    """

    def __init__(self, groups: Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(groups, {"lr": lr})

    @cached_property
    def _methods(self) -> dict[str, torch.optim.Optimizer]:
        # An optimizer must be born with a parameter; `step` replaces it with our groups.
        placeholder = [torch.zeros(0, 0)]
        return {
            "muon": torch.optim.Muon(placeholder, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
            "adamw": torch.optim.AdamW(placeholder, weight_decay=0.0),
        }

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; one that names no `method` is AdamW's. Raises `ValueError` for a Muon group of non-matrices."""
        method = param_group.get("method", "adamw")
        super().add_param_group(self._methods[method].defaults | self.defaults | {"method": method} | param_group)
        shapes = [tuple(p.shape) for p in self.param_groups[-1]["params"] if p.ndim != 2]
        if method == "muon" and shapes:
            self.param_groups.pop()
            raise ValueError(f"Muon takes matrices only, not parameters of shape {shapes[0]}")

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Do one step; `closure` computes the loss and its gradients again."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for name, method in self._methods.items():
            method.state = self.state
            method.param_groups = [group for group in self.param_groups if group["method"] == name]
            method.step()
        return loss


def build(
    model: nn.Module, *, total_steps: int, lr: float, momentum: float, betas: tuple[float, float], weight_decay: float
) -> MuonAdamW:
    """Give the matrices of `model` that are not embeddings to Muon, all else to AdamW with `betas`.

    Decoupled weight decay acts on matrices and convolutions, as `parameter_groups` has it.
    """
    groups: list[dict[str, Any]] = []
    for group in parameter_groups(model, weight_decay):
        matrices = [p for p in group["params"] if p.ndim == 2 and not _is_embedding(model, p)]
        rest = [p for p in group["params"] if not any(p is m for m in matrices)]
        groups.append(group | {"params": matrices, "method": "muon", "momentum": momentum})
        groups.append(group | {"params": rest, "method": "adamw", "betas": tuple(betas)})
    return MuonAdamW([group for group in groups if group["params"]], lr)


def _is_embedding(model: nn.Module, parameter: nn.Parameter) -> bool:
    return any(parameter is m.weight for m in model.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag)))
