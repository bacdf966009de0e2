"""Build an optimizer for a model, from its component and its hyper-parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError
from optbench.training.parameters import parameter_groups


def build_optimizer(
    component: Optimizer, model: nn.Module, total_steps: int, hyperparameters: Mapping[str, Any]
) -> torch.optim.Optimizer:
    """Build an optimizer for a model.

    A class gets the model's parameters, those that must not decay in a group of their own where there is weight decay;
    a function gets the model and the number of steps.
    """
    build: Callable[..., Any] = resolve(component.build, f"optimizer {component.name!r}")
    arguments: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in hyperparameters.items()}
    try:
        inspect.signature(build).bind(model, **_horizon(build, total_steps), **arguments)
    except TypeError as error:
        rule = "" if inspect.isclass(build) else "; a function is called with (model, *, total_steps, lr, …)"
        raise PluginError(
            f"optimizer {component.name!r} does not take these hyper-parameters: {error}{rule}"
        ) from error
    optimizer: Any
    if inspect.isclass(build):
        weight_decay = float(arguments.get("weight_decay") or 0.0)
        params = parameter_groups(model, weight_decay) if weight_decay else model.parameters()
        optimizer = build(params, **arguments)  # type: ignore[call-arg]
    else:
        optimizer = build(model, total_steps=total_steps, **arguments)
    missing = [name for name in ("param_groups", "step", "zero_grad") if not hasattr(optimizer, name)]
    if missing:
        raise PluginError(
            f"optimizer {component.name!r}: build returned {type(optimizer).__name__}, which has no {missing[0]}"
        )
    return optimizer  # type: ignore[no-any-return]


def _horizon(build: Callable[..., Any], total_steps: int) -> dict[str, int]:
    return {} if inspect.isclass(build) else {"total_steps": total_steps}
