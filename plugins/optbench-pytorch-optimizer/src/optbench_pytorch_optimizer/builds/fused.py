"""LOMO and AdaLOMO, which update weights inside `backward`: here they do so in `step`.

They are given stand-ins that share the weights' memory, as vectors and matrices, and that no graph leads to, so that
their hooks never fire. The arithmetic is theirs. Done in `step` it goes with gradient clipping, closures and groups as
everything else does, but all gradients are there at once, and the memory that these methods save does not show.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytorch_optimizer
import torch
from torch import Tensor, nn

Group = dict[str, Any]


class LOMO(pytorch_optimizer.LOMO):
    """LOMO that updates in `step`, with the learning rate of each group."""

    def __init__(self, params: Iterable[Any], lr: float, **options: Any) -> None:
        groups = _groups(params)
        super().__init__(_stand_ins(groups), lr=lr, **options)
        self.param_groups = []
        for group in groups:
            self.add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do one step."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            self.lr = group["lr"]
            for p in group["params"]:
                stand_in = nn.Parameter(_flat(p))
                stand_in.grad = None if p.grad is None else _flat(p.grad)
                self.grad_func(None, [stand_in])
                _bring_back(stand_in, p)
        return loss


class AdaLOMO(pytorch_optimizer.AdaLOMO):
    """AdaLOMO that updates in `step`, with the learning rate and weight decay of each group.

    Its loss scale, which is for half precision, is off. A convolution is a matrix with a row for each output.
    """

    def __init__(self, params: Iterable[Any], lr: float, weight_decay: float = 0.0, **options: Any) -> None:
        groups = _groups(params)
        with warnings.catch_warnings(action="ignore", category=ImportWarning):  # transformers is not there
            super().__init__(_stand_ins(groups), lr=lr, weight_decay=weight_decay, loss_scale=0.0, **options)
        stand_ins = iter(self.model.parameters())
        self._stand_ins = {p: next(stand_ins) for group in groups for p in group["params"]}
        self.param_groups = []
        for group in groups:
            self.add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do one step."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        self.num_steps += 1
        for group in self.param_groups:
            self.lr, self.weight_decay = group["lr"], group["weight_decay"]
            for p in group["params"]:
                self._stand_ins[p].data = _flat(p)
                self._stand_ins[p].grad = None if p.grad is None else _flat(p.grad)
            self.grad_func(None)
            for p in group["params"]:
                _bring_back(self._stand_ins[p], p)
        return loss


def _groups(params: Iterable[Any]) -> list[Group]:
    """The groups, which parameters alone are one of."""
    given = list(params)
    return given if isinstance(given[0], dict) else [{"params": given}]


def _stand_ins(groups: list[Group]) -> nn.ParameterList:
    return nn.ParameterList([nn.Parameter(_flat(p)) for group in groups for p in group["params"]])


def _flat(tensor: Tensor) -> Tensor:
    """The same numbers as a vector or a matrix, in the same memory where its layout allows."""
    return tensor.detach().reshape(len(tensor), -1) if tensor.ndim > 1 else tensor.detach().reshape(-1)


@torch.no_grad()
def _bring_back(stand_in: Tensor, p: Tensor) -> None:
    if stand_in.data_ptr() != p.data_ptr():
        p.copy_(stand_in.view_as(p))
