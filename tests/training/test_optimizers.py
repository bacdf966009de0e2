"""What optimizers are called with, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import nn

from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError
from optbench.registry.registry import Registry
from optbench.training.optimizers import build_optimizer, plain_defaults


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))


class Needs(torch.optim.SGD):
    def __init__(self, params: Iterable[Any], ess: float, lr: float = 0.1) -> None:
        super().__init__(params, lr)


class Rateless(torch.optim.SGD):
    def __init__(self, params: Iterable[Any], d0: float = 1e-6) -> None:
        super().__init__(params, d0)


class TakesAnything(torch.optim.SGD):
    def __init__(self, params: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(params, **kwargs)


class Listing(torch.optim.SGD):
    def __init__(self, params: Iterable[Any], lr: float, betas: list[float] = [0.9], pair: Any = (1, 2)) -> None:  # noqa: B006
        super().__init__(params, lr)
        self.got = betas, pair


def no_horizon(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr)


@pytest.mark.parametrize(
    ("build", "given", "message"),
    [
        (
            lambda model, *, total_steps, lr: object(),
            {},
            "optimizer 'o': build returned object, which has no param_groups",
        ),
        (
            "torch.optim:AdamW",
            {"betass": [0.9, 0.99]},
            "optimizer 'o': torch.optim:AdamW has no hyper-parameter 'betass'; did you mean 'betas'?",
        ),
        (
            Needs,
            {},
            "optimizer 'o': Needs needs ess: give it in a suite, fixed = { ess = … }, "
            "or in a plugin's optbench.Optimizer, defaults={'ess': …}",
        ),
        (Rateless, {}, "optimizer 'o': Rateless has no hyper-parameter 'lr'; there is: d0"),
        (
            no_horizon,
            {},
            "optimizer 'o': no_horizon takes no total_steps: a function is called with (model, *, total_steps, lr, …)",
        ),
    ],
)
def test_an_optimizer_that_cannot_be_built_says_why(build: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(PluginError) as caught:
        build_optimizer(Optimizer(name="o", build=build, lr_ref=0.1), model(), 10, {"lr": 0.1, **given})
    assert str(caught.value) == message


def test_a_signature_that_takes_anything_is_taken_at_its_word() -> None:
    component = Optimizer(name="o", build=TakesAnything, lr_ref=0.1)
    optimizer = build_optimizer(component, model(), 10, {"lr": 0.1, "momentum": 0.5})
    assert optimizer.param_groups[0]["momentum"] == 0.5


def test_lists_of_a_record_become_tuples_except_where_the_signature_has_a_list() -> None:
    component = Optimizer(name="o", build=Listing, lr_ref=0.1)
    optimizer: Any = build_optimizer(component, model(), 10, {"lr": 0.1, "betas": [0.5], "pair": [3, 4]})
    assert optimizer.got == ([0.5], (3, 4))


def test_weight_decay_spares_biases(registry: Registry) -> None:
    component = registry.optimizers["adamw"].component
    optimizer = build_optimizer(component, model(), 10, {**component.defaults, "lr": 0.1})
    assert [(g["weight_decay"], [p.ndim for p in g["params"]]) for g in optimizer.param_groups] == [
        (0.01, [2, 2]),
        (0.0, [1, 1]),
    ]


def test_the_weight_decay_of_a_bare_class_spares_biases_too() -> None:
    component = Optimizer(name="AdamW", build="torch.optim:AdamW", lr_ref=1e-3)
    optimizer = build_optimizer(component, model(), 10, plain_defaults(torch.optim.AdamW) | {"lr": 0.1})
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.01, 0.0]


def test_a_function_gets_the_model_and_the_horizon() -> None:
    seen: dict[str, Any] = {}

    def build(model: nn.Module, *, total_steps: int, lr: float, betas: Any) -> torch.optim.Optimizer:
        seen.update(total_steps=total_steps, betas=betas)
        return torch.optim.Adam(model.parameters(), lr=lr, betas=betas)

    component = Optimizer(name="o", build=build, lr_ref=0.1, defaults={"betas": (0.8, 0.9)})
    build_optimizer(component, model(), 123, {"betas": [0.8, 0.9], "lr": 0.1})
    assert seen == {"total_steps": 123, "betas": (0.8, 0.9)}


def test_a_signature_says_what_a_bare_class_has_by_default() -> None:
    assert plain_defaults(torch.optim.AdamW) == {
        "betas": [0.9, 0.999],
        "eps": 1e-8,
        "weight_decay": 0.01,
        "amsgrad": False,
    }


def test_what_a_signature_leaves_open_is_no_default() -> None:
    def build(
        model: Any, *, total_steps: int = 1, lr: float = 1.0, a: Any = None, b: Any = torch.float32,
        c: float = float("inf"), d: str = "x", e: int = 2, **kwargs: Any,
    ) -> None: ...  # fmt: skip

    assert plain_defaults(build) == {"d": "x", "e": 2}
