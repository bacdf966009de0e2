from __future__ import annotations

import inspect
import json
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench import LogUniform, Optimizer
from optbench.builtin.optimizers import OPTIMIZERS
from optbench.components.component import resolve

BY_NAME = {optimizer.name: optimizer for optimizer in OPTIMIZERS}
DENSE = [optimizer for optimizer in OPTIMIZERS if optimizer.name != "sparse-adam"]


def built(optimizer: Optimizer, model: nn.Module, lr: float, **changed: Any) -> torch.optim.Optimizer:
    build = resolve(optimizer.build)
    # As they come back from a record: tuples are lists there.
    hyperparameters = json.loads(json.dumps(dict(optimizer.defaults))) | changed | {"lr": lr}
    if isinstance(build, type):
        return build(model.parameters(), **hyperparameters)
    return build(model, total_steps=10, **hyperparameters)


class Point(nn.Module):
    def __init__(self, *start: float) -> None:
        super().__init__()
        self.x = nn.Parameter(torch.tensor(start, dtype=torch.float64))

    def constant_gradient(self, optimizer: torch.optim.Optimizer, gradient: Tensor, steps: int) -> Tensor:
        for _ in range(steps):
            self.x.grad = gradient.clone()
            optimizer.step()
        return self.x.detach()


def test_every_optimizer_of_torch_is_there() -> None:
    classes = {
        name
        for name, value in vars(torch.optim).items()
        if inspect.isclass(value) and issubclass(value, torch.optim.Optimizer) and value is not torch.optim.Optimizer
    }
    table = {str(optimizer.build).partition(":")[2] for optimizer in OPTIMIZERS} | {"Muon"}
    assert "muon" in BY_NAME
    assert table >= classes


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(OPTIMIZERS)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_each_has_a_reference_a_description_and_its_usual_rate_inside_its_space(optimizer: Optimizer) -> None:
    assert optimizer.reference and optimizer.description
    rates = optimizer.space["lr"]
    assert isinstance(rates, LogUniform)
    assert rates.low < optimizer.lr_ref < rates.high


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_weight_decay_is_off_except_for_adamw(optimizer: Optimizer) -> None:
    assert optimizer.defaults.get("weight_decay", 0.0) == (0.01 if optimizer.name == "adamw" else 0.0)
    assert ("weight_decay" in optimizer.defaults) == (optimizer.weight_decay_mode != "none")


@pytest.mark.parametrize("optimizer", DENSE, ids=lambda o: o.name)
def test_each_builds_from_its_defaults_and_lowers_a_loss(optimizer: Optimizer) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    inputs, targets = torch.randn(16, 3), torch.randn(16, 2)
    method = built(optimizer, model, optimizer.lr_ref)

    def closure() -> Tensor:
        method.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        return loss

    first = closure().item()
    for _ in range(5):
        method.step(closure)  # type: ignore[arg-type]
    assert closure().item() < first


def test_sparse_adam_takes_sparse_gradients_and_no_others() -> None:
    sparse = BY_NAME["sparse-adam"]
    embedding = nn.Embedding(5, 2, sparse=True)
    before = embedding.weight.detach().clone()
    method = built(sparse, embedding, 0.1)
    embedding(torch.tensor([1])).sum().backward()
    method.step()
    assert (embedding.weight != before).any(1).tolist() == [False, True, False, False, False]
    dense = nn.Linear(2, 2)
    method = built(sparse, dense, 0.1)
    dense(torch.ones(1, 2)).sum().backward()
    with pytest.raises(RuntimeError, match="dense"):
        method.step()


@pytest.mark.parametrize("name", ["adam", "adamw", "amsgrad"])
def test_adams_first_step_is_the_rate_whatever_the_gradients_size(name: str) -> None:
    """Kingma and Ba 2015, section 2.1: -lr g / (|g| + eps)."""
    point = Point(0.0, 0.0)
    method = built(BY_NAME[name], point, 0.1)
    x = point.constant_gradient(method, torch.tensor([1e-6, -3.0], dtype=torch.float64), 1)
    assert x.tolist() == pytest.approx([-0.1 * 1e-6 / (1e-6 + 1e-8), 0.1 * 3 / (3 + 1e-8)], rel=1e-12)


def test_adam_under_a_constant_gradient_moves_by_the_rate_each_step() -> None:
    point = Point(0.0)
    x = point.constant_gradient(built(BY_NAME["adam"], point, 0.01), torch.tensor([2.0], dtype=torch.float64), 50)
    assert x.item() == pytest.approx(-0.01 * 50 * 2 / (2 + 1e-8), rel=1e-9)


def test_rmsprops_first_step_is_ten_rates() -> None:
    point = Point(0.0)
    x = point.constant_gradient(built(BY_NAME["rmsprop"], point, 0.01), torch.tensor([3.0], dtype=torch.float64), 1)
    assert x.item() == pytest.approx(-0.01 * 3 / (math.sqrt(0.01) * 3 + 1e-8), rel=1e-9)


def test_adagrad_under_a_constant_gradient_follows_the_sum_of_inverse_roots() -> None:
    point = Point(0.0)
    x = point.constant_gradient(built(BY_NAME["adagrad"], point, 0.01), torch.tensor([3.0], dtype=torch.float64), 100)
    assert x.item() == pytest.approx(-0.18589603825, rel=1e-9)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_momentum_under_a_constant_gradient_ends_with_steps_of_ten_rates(name: str) -> None:
    point = Point(0.0)
    method = built(BY_NAME[name], point, 0.01)
    gradient = torch.ones(1, dtype=torch.float64)
    before = point.constant_gradient(method, gradient, 400).clone()
    assert (point.constant_gradient(method, gradient, 1) - before).item() == pytest.approx(-0.1, rel=1e-10)


@pytest.mark.parametrize(("name", "factor"), [("sgd", 0.999), ("adamw", 0.999)])
def test_weight_decay_alone_shrinks_geometrically(name: str, factor: float) -> None:
    point = Point(2.0)
    method = built(BY_NAME[name], point, 0.01, weight_decay=0.1)
    x = point.constant_gradient(method, torch.zeros(1, dtype=torch.float64), 10)
    assert x.item() == pytest.approx(2 * factor**10, rel=1e-12)


def test_adams_weight_decay_is_in_the_gradient() -> None:
    point = Point(2.0)
    method = built(BY_NAME["adam"], point, 0.01, weight_decay=0.1)
    x = point.constant_gradient(method, torch.zeros(1, dtype=torch.float64), 10)
    assert x.item() == pytest.approx(1.90017, abs=1e-3)
