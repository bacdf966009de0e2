from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import nn

from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError, UsageError
from optbench.training.optimizers import build_optimizer
from optbench.training.parameters import lr_factors, parameter_groups
from optbench.training.rates import peak_rates, set_rates


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


def halves(model: nn.Module) -> dict[str, float]:
    return {"hidden.weight": 0.5, "hidden.bias": 0.25}


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(3, 4), nn.Linear(4, 2)


def test_each_factor_has_a_group_with_its_rate_and_the_schedule_multiplies_each() -> None:
    model = Two()
    adamw = Optimizer(name="adamw", build="torch.optim:AdamW", lr_ref=0.1)
    for decay, expected in (
        (0.0, {("hidden.weight",): 0.1, ("hidden.bias",): 0.05, ("head.weight", "head.bias"): 0.2}),
        (0.3, {("hidden.weight",): 0.1, ("head.weight",): 0.2, ("hidden.bias",): 0.05, ("head.bias",): 0.2}),
    ):
        factors = lr_factors("tests.training.test_parameters:halves", model)
        optimizer = build_optimizer(adamw, model, 10, {"lr": 0.2, "weight_decay": decay}, factors)
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        groups = {tuple(names[id(p)] for p in group["params"]): group for group in optimizer.param_groups}
        assert {key: group["lr"] for key, group in groups.items()} == expected
        assert {key for key, group in groups.items() if group["weight_decay"]} == (
            {("hidden.weight",), ("head.weight",)} if decay else set()
        )
        set_rates(optimizer, peak_rates(optimizer), 0.5)
        assert {key: group["lr"] for key, group in groups.items()} == {k: lr / 2 for k, lr in expected.items()}


def test_a_step_with_factors_is_one_with_these_rates_by_hand() -> None:
    torch.manual_seed(0)
    by_hand, by_factors = Two(), Two()
    by_factors.load_state_dict(by_hand.state_dict())
    factors = halves(by_factors)
    sgd = Optimizer(name="sgd", build="torch.optim:SGD", lr_ref=0.1)
    optimizer = build_optimizer(sgd, by_factors, 10, {"lr": 0.2}, factors)
    for parameter in (*by_hand.parameters(), *by_factors.parameters()):
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    with torch.no_grad():
        for name, parameter in by_hand.named_parameters():
            parameter.sub_(0.2 * factors.get(name, 1.0))
    torch.testing.assert_close(by_factors.state_dict(), by_hand.state_dict())


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda model: {"hiden.weight": 2.0}, "has no parameter 'hiden.weight'; did you mean 'hidden.weight'"),
        (lambda model: {"head.bias": -1.0}, "the factor of 'head.bias' is -1.0; give finite ones from 0 on"),
        (lambda model: {"head.bias": "big"}, "the factor of 'head.bias' is 'big'"),
        (lambda model: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda model: 3, "raised TypeError: 'int' object is not iterable"),
    ],
)
def test_what_are_no_factors_is_one_line(
    function: Callable[[nn.Module], Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "tests.training.test_parameters:halves"
    monkeypatch.setitem(globals(), "halves", function)
    with pytest.raises(UsageError, match=words) as caught:
        lr_factors(name, Two())
    assert str(caught.value).startswith(f"lr_factors {name!r}")


def test_an_optimizer_that_makes_its_groups_itself_is_refused_with_factors() -> None:
    def build(model: nn.Module, *, total_steps: int, lr: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(model.parameters(), lr=lr)

    with pytest.raises(PluginError, match="optimizer 'own' makes its parameter groups itself; leave lr_factors out"):
        build_optimizer(Optimizer(name="own", build=build, lr_ref=0.1), Two(), 10, {"lr": 0.1}, {"head.bias": 2.0})
