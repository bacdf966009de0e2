"""What the built-in diagnostics measure, against the weights themselves."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from optbench.builtin.diagnostics import Layers, path, sparsity


def test_layers_are_measured_by_their_weights_gradients_and_first_updates() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    measure = Layers(model, optimizer)
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


def test_the_path_has_the_coordinates_of_one_or_two_parameters() -> None:
    model = nn.Linear(1, 1)
    measure = path(model, None)
    with torch.no_grad():
        model.weight.fill_(2.5)
        model.bias.fill_(-1.0)
    assert measure(0) == {"x": 2.5, "y": -1.0}
    assert path(nn.Linear(1, 1, bias=False), None)(0).keys() == {"x"}


def test_of_larger_models_there_is_no_path() -> None:
    assert path(nn.Linear(2, 1), None)(0) == {}


def test_sparsity_is_the_share_of_weights_next_to_zero() -> None:
    model = nn.Linear(4, 2)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.weight[0, :3] = 9e-4
    assert sparsity(model, None)(0) == 3 / 8
