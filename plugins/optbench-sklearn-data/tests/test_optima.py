from __future__ import annotations

from collections.abc import Callable

import optbench
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench_sklearn_data.optima import logistic


def test_the_logistic_optimum_is_what_minimisation_finds(built: Callable[..., optbench.Splits]) -> None:
    splits = built("sk.noisy-labels")
    inputs, classes = splits.train.inputs.double(), splits.train.targets
    model = nn.Linear(20, 3).double()
    method = torch.optim.LBFGS(
        model.parameters(), max_iter=500, line_search_fn="strong_wolfe", tolerance_grad=1e-10, tolerance_change=0.0
    )

    def closure() -> torch.Tensor:
        method.zero_grad()
        loss = F.cross_entropy(model(inputs), classes)
        loss.backward()
        return loss

    method.step(closure)
    assert logistic(splits, model) == pytest.approx(closure().item(), rel=1e-9)


def test_it_is_the_optimum_of_the_training_part_alone(built: Callable[..., optbench.Splits]) -> None:
    splits = built("sk.noisy-labels")
    mirrored = optbench.Splits(splits.test, splits.validation, splits.train, splits.outputs)
    assert abs(logistic(mirrored, nn.Identity()) - logistic(splits, nn.Identity())) > 1e-3
