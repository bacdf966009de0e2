from __future__ import annotations

import torch
from torch import nn

from optbench.builtin.diagnostics import path


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
