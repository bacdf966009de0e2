"""What training minimises: smoothed labels, penalties and reduced precision, against their closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from optbench.components.task import Task
from optbench.training.losses import cross_entropy
from optbench.training.objective import penalty, predictor, training_objective
from optbench.training.parameters import decaying_parameters
from tests.support.built_in import find_loss

CPU = torch.device("cpu")
CROSS_ENTROPY = find_loss("cross_entropy")


def task(**changes: object) -> Task:
    return Task.model_validate({"name": "t", "model": "m", "dataset": "d", "steps": 1, **changes})


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3)).double()


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(16, 4, dtype=torch.float64), torch.randint(3, (16,))


def test_without_anything_it_is_the_loss() -> None:
    model, (inputs, targets) = network(), batch()
    objective = training_objective(task(), CROSS_ENTROPY, model, model)
    assert torch.equal(objective(inputs, targets), F.cross_entropy(model(inputs), targets))


def test_penalties_are_of_the_weights_that_decay_and_of_no_others() -> None:
    model, (inputs, targets) = network(), batch()
    weights = np.concatenate([model[i].weight.detach().numpy().ravel() for i in (0, 3)])
    expected = 0.3 * np.abs(weights).sum() + 0.5 * 0.7 * (weights**2).sum()
    assert penalty(decaying_parameters(model), 0.3, 0.7).item() == pytest.approx(expected, rel=1e-12)
    plain = training_objective(task(), CROSS_ENTROPY, model, model)(inputs, targets)
    penalised = training_objective(task(l1=0.3, l2=0.7), CROSS_ENTROPY, model, model)(inputs, targets)
    assert (penalised - plain).item() == pytest.approx(expected, rel=1e-12)


def test_l2_is_to_the_gradient_what_weight_decay_is_to_sgd() -> None:
    moved = []
    for l2, decay in ((0.4, 0.0), (0.0, 0.4)):
        model, (inputs, targets) = network(), batch()
        decaying: dict[str, Any] = {"params": [model[0].weight, model[3].weight], "weight_decay": decay}
        others: dict[str, Any] = {"params": [model[0].bias, *model[1].parameters(), model[3].bias]}
        optimizer = torch.optim.SGD([decaying, others], lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            training_objective(task(l2=l2), CROSS_ENTROPY, model, model)(inputs, targets).backward()
            optimizer.step()
        moved.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    torch.testing.assert_close(*moved, rtol=1e-12, atol=1e-14)


def test_with_equal_logits_smoothed_labels_cost_ln_c_too() -> None:
    """B15: the mean of -ln(1 / C) under any targets that sum to 1 is ln C."""
    zeros, targets = torch.zeros(4, 10, dtype=torch.float64), torch.arange(4)
    assert cross_entropy(zeros, targets, label_smoothing=0.1).item() == pytest.approx(math.log(10), abs=1e-12)
    sure = 50.0 * F.one_hot(targets, 10).double()
    floor = 0.1 * 9 / 10 * 50.0  # nine tenths of the smoothing lie on classes 50 nats away
    assert cross_entropy(sure, targets, label_smoothing=0.1).item() == pytest.approx(floor, rel=1e-6)


def test_augmented_inputs_are_what_is_trained_on() -> None:
    model, (inputs, targets) = network(), batch()
    objective = training_objective(
        task(augmentation="tests.training.test_objective:doubled"), CROSS_ENTROPY, model, model
    )
    assert torch.equal(objective(inputs, targets), F.cross_entropy(model(2 * inputs), targets))


def doubled(inputs: torch.Tensor) -> torch.Tensor:
    return 2 * inputs


def test_bfloat16_computes_in_it_and_keeps_weights_gradients_and_outputs_in_float32() -> None:
    model, (inputs, targets) = network().float(), batch()
    predict = predictor(model, "bfloat16", CPU)
    outputs = predict(inputs.float())
    exact = model(inputs.float())
    assert outputs.dtype == torch.float32
    assert 0 < (outputs - exact).abs().max() < 0.05
    training_objective(task(precision="bfloat16"), CROSS_ENTROPY, model, predict)(inputs.float(), targets).backward()
    assert {p.grad.dtype for p in model.parameters()} == {torch.float32}
    assert predictor(model, "float32", CPU) is model


def test_a_penalty_without_weights_to_penalise_is_none() -> None:
    assert penalty(decaying_parameters(nn.LayerNorm(4)), 0.3, 0.7).item() == 0.0


def test_of_complex_weights_the_moduli_are_penalised() -> None:
    model = nn.ParameterList([nn.Parameter(torch.tensor([[3 + 4j, 0], [0, 1j]]))])
    assert penalty(decaying_parameters(model), 1.0, 0.0).item() == pytest.approx(6.0)
    assert penalty(decaying_parameters(model), 0.0, 1.0).item() == pytest.approx(13.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"augmentation": "shift"}, "'shift' is no import string"),
        ({"l1": -1.0}, "greater than or equal to 0"),
        ({"precision": "float16"}, "'float32', 'float64' or 'bfloat16'"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task(**changes)
