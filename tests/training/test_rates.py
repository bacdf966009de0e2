"""The schedule multiplies the rate of each group that has one, tensors in place."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from optbench.training.rates import peak_rates, set_rates


def weight() -> nn.Parameter:
    return nn.Parameter(torch.ones(3))


def test_each_group_has_its_own_peak_and_one_without_a_rate_stays_so() -> None:
    groups: list[dict[str, Any]] = [{"params": [weight()], "lr": 0.4}, {"params": [weight()]}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    del optimizer.param_groups[1]["lr"]
    peaks = peak_rates(optimizer)
    for factor in (0.5, 0.25):
        set_rates(optimizer, peaks, factor)
        assert optimizer.param_groups[0]["lr"] == 0.4 * factor
        assert "lr" not in optimizer.param_groups[1]


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_rate_that_is_a_tensor_stays_the_same_tensor(shape: tuple[int, ...], requires_grad: bool) -> None:
    rate = torch.full(shape, 0.5, requires_grad=requires_grad)
    optimizer = torch.optim.SGD([{"params": [weight()]}, {"params": [weight()]}], lr=rate)
    peaks = peak_rates(optimizer)
    for factor in (0.5, 0.25, 1.0):
        set_rates(optimizer, peaks, factor)
        assert all(group["lr"] is rate for group in optimizer.param_groups)
        assert rate.item() == 0.5 * factor


@pytest.mark.parametrize("foreach", [False, None])
def test_adam_takes_the_same_steps_whether_its_rate_is_a_tensor_or_a_number(foreach: bool | None) -> None:
    paths = []
    for rate in (torch.tensor(0.125), 0.125):
        parameter = weight()
        optimizer = torch.optim.Adam([parameter], lr=rate, foreach=foreach)
        peaks = peak_rates(optimizer)
        for step in range(4):
            set_rates(optimizer, peaks, 1 / (1 + step))
            optimizer.zero_grad()
            (parameter.square().sum() / 2).backward()
            optimizer.step()
        paths.append(parameter.detach())
    torch.testing.assert_close(*paths)
