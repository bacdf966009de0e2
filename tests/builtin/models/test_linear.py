from __future__ import annotations

import math

import pytest
import torch

from optbench.builtin.models.linear import Linear


def test_it_starts_at_zero_and_flattens_images() -> None:
    assert torch.equal(Linear((1, 4, 4), 10)(torch.randn(3, 1, 4, 4)), torch.zeros(3, 10))


def test_without_bias_it_is_a_matrix() -> None:
    model = Linear((3,), 2, bias=False)
    assert [tuple(parameter.shape) for parameter in model.parameters()] == [(2, 3)]
    assert torch.equal(model(torch.randn(5, 3)), torch.zeros(5, 2))


def test_zero_logits_cost_ln_c() -> None:
    loss = torch.nn.functional.cross_entropy(Linear((4,), 10)(torch.randn(3, 4)), torch.tensor([0, 5, 9]))
    assert loss.item() == pytest.approx(math.log(10), rel=1e-6)
