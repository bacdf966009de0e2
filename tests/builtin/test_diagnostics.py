"""What the built-in diagnostics measure, against the weights themselves."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from optbench.builtin.diagnostics import layers


def test_layers_are_measured_by_their_weights_gradients_and_first_updates():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    measure = layers(model, optimizer)
    assert measure(0) == {}
    expected = {}
    for step in range(3):
        optimizer.zero_grad()
        model(torch.randn(8, 3)).square().sum().backward()
        before = {name: module.weight.detach().clone() for name, module in (("0", model[0]), ("2", model[2]))}
        optimizer.step()
        for name, weight in before.items():
            gradient = model[int(name)].weight.grad
            expected[f"gradient.{name}"] = gradient.square().mean().sqrt().item()
            if step == 0:
                ratio = gradient.square().mean().sqrt() / weight.square().mean().sqrt()
                expected[f"update.{name}"] = 0.1 * ratio.item()
    assert measure(3) == pytest.approx(expected, rel=1e-4)
