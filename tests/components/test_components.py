"""Components: what is declared is checked at once, and a mistake is one line."""

from __future__ import annotations

from typing import Any

import pytest

import optbench
from optbench.errors import PluginError

GOOD: dict[str, Any] = {"name": "o", "build": "m:o", "lr_ref": 0.1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a/b"}, "optimizer name 'a/b': use letters, digits and . _ + - only"),
        ({"name": 3}, "optimizer name 3"),
        ({"build": "torch.optim"}, "build='torch.optim' is neither callable nor 'module:name'"),
        ({"lr_ref": 0.0}, "lr_ref=0.0 must be positive"),
        ({"lr_ref": "1e-3"}, "lr_ref='1e-3' must be positive"),
        ({"lr_ref": float("nan")}, "lr_ref=nan must be positive"),
        ({"weight_decay_mode": "L2"}, "weight_decay_mode='L2' must be one of none, l2"),
        ({"defaults": {"lr": 1}}, "give the learning rate as lr_ref"),
        ({"defaults": {"beta 1": 1}}, "hyper-parameter 'beta 1' cannot be the name of an argument"),
        ({"defaults": {1: 1}}, "hyper-parameter 1 cannot be the name of an argument"),
        ({"defaults": {"eps": float("inf")}}, "eps=inf is not plain data"),
        ({"space": {"beta": optbench.Choice((1, 2))}}, "space has 'beta', which is not among its defaults"),
        ({"space": {"lr": (1e-3, 1.0)}}, "space['lr']=(0.001, 1.0) is no LogUniform"),
        ({"space": {"lr": optbench.LogUniform(1e-4, 1e-2)}}, "lr_ref=0.1 lies outside space['lr'], LogUniform(low=0.0"),
        (
            {"defaults": {"momentum": 1.5}, "space": {"momentum": optbench.LogitUniform(0.5, 0.9)}},
            "momentum=1.5 lies outside space['momentum'], LogitUniform(low=0.5, high=0.9)",
        ),
        (
            {"defaults": {"momentum": 0}, "space": {"momentum": optbench.Uniform(0.5, 0.9)}},
            "momentum=0 lies outside space['momentum'], Uniform(low=0.5, high=0.9)",
        ),
        ({"update_rule": "adamW"}, "unknown update rule 'adamW'; did you mean 'adamw'?"),
        ({"update_rule": len}, "update_rule=<built-in function len> must be a name or an import string"),
        ({"period": 0}, "period=0 must be at least 1"),
        ({"period": "frequency"}, "period='frequency' is not among its defaults"),
        ({"state_bytes": -1}, "state_bytes=-1 must be at least 0"),
        ({"state_bytes": "8"}, "state_bytes='8' must be at least 0"),
        ({"invariances": ("sclae",)}, "invariances=('sclae',) must be among scale, rotation"),
        ({"invariances": "scale"}, "invariances='scale' must be among scale, rotation"),
        ({"limits": {"pickling": " "}}, "limits['pickling']=' ' must say why it does not pass this check"),
        ({"limits": {"pickling": None}}, "limits['pickling']=None must say why"),
    ],
    ids=str,
)
def test_an_optimizer_that_breaks_a_rule_says_which(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PluginError) as caught:
        optbench.Optimizer(**GOOD | changes)
    assert message in str(caught.value)
    assert str(caught.value).startswith("optimizer ")
    assert "\n" not in str(caught.value)


def test_whatever_an_optimizer_may_declare_is_accepted() -> None:
    optbench.Optimizer(
        name="o.2+x",
        build=len,
        lr_ref=1,
        defaults={"betas": [0.9, 0.999], "weight_decay": 0.0, "momentum": 0.9, "mode": None},
        space={
            "lr": optbench.LogUniform(1, 2),
            "betas": optbench.Choice(((0.9, 0.999), (0.9, 0.99))),
            "weight_decay": optbench.LogUniform(1e-5, 1.0),  # off until it is tuned
            "mode": optbench.Choice((None, "fast")),
        },
        update_rule="rules:adam",
        state_bytes=0.5,
        invariances=("rotation", "scale"),
        limits={"pickling": "it keeps a lambda"},
    )


@pytest.mark.parametrize("component", [optbench.Model, optbench.Dataset])
def test_an_option_has_the_name_of_an_argument_and_plain_data(component: type[Any]) -> None:
    with pytest.raises(PluginError, match="option 'hidden-size' cannot be the name of an argument"):
        component(name="c", build="m:c", options={"hidden-size": 3})
    with pytest.raises(PluginError, match=r"c': width=\{1\} is not plain data"):
        component(name="c", build="m:c", options={"width": {1}})
