from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from optbench.training.parameters import parameter_groups


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.norm = nn.LayerNorm(4)
        self.dense = nn.Linear(4, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight


def ids(parameters: Sequence[object]) -> list[int]:
    return [id(parameter) for parameter in parameters]


def test_matrices_and_kernels_decay_and_the_rest_does_not() -> None:
    model = Small()
    decaying, others = parameter_groups(model, 0.3)
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.3, 0.0)
    assert ids(decaying["params"]) == ids([model.convolution.weight, model.dense.weight])
    assert ids(others["params"]) == ids(
        [model.embedding.weight, model.convolution.bias, model.norm.weight, model.norm.bias, model.dense.bias]
    )


def test_a_tied_parameter_appears_once() -> None:
    model = Small()
    found = [p for group in parameter_groups(model, 0.1) for p in group["params"]]
    assert sorted(ids(found)) == sorted(ids(list(model.parameters())))


def test_empty_groups_are_dropped() -> None:
    (group,) = parameter_groups(nn.Linear(3, 2, bias=False), 0.1)
    assert group["weight_decay"] == 0.1
    (group,) = parameter_groups(nn.LayerNorm(3), 0.1)
    assert group["weight_decay"] == 0.0


def test_frozen_parameters_are_left_out() -> None:
    model = nn.Linear(3, 2)
    model.weight.requires_grad_(False)
    (group,) = parameter_groups(model, 0.1)
    assert ids(group["params"]) == ids([model.bias])


def test_torch_takes_the_groups() -> None:
    optimizer = torch.optim.AdamW(parameter_groups(Small(), 0.1), lr=1e-3, weight_decay=0.1)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]
