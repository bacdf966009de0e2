"""Build an optimizer for a model, from its component and its hyper-parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from optbench.components.component import is_plain, resolve
from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError, closest
from optbench.training.parameters import not_empty, parameter_groups, with_rates

TECHNICAL = {"foreach", "fused", "capturable", "differentiable", "maximize"}
"""Arguments of torch's optimizers that say how a step is computed, or in which direction, not which method it is."""


def build_optimizer(
    component: Optimizer,
    model: nn.Module,
    total_steps: int,
    hyperparameters: Mapping[str, Any],
    factors: Mapping[str, float] | None = None,
) -> torch.optim.Optimizer:
    """Build an optimizer for a model.

    A class gets the model's parameters, those that must not decay in a group of their own where there is weight decay,
    and those whose names have other `factors` of the learning rate than 1 likewise; a function gets the model and the
    number of steps. Raises `PluginError` for hyper-parameters that it does not take or lacks, and for factors where it
    makes its groups itself, and whatever it raises itself.
    """
    build: Callable[..., Any] = resolve(component.build, f"optimizer {component.name!r}")
    for mistake in _mistakes(build, hyperparameters):
        who = component.build if isinstance(component.build, str) else getattr(build, "__qualname__", repr(build))
        raise PluginError(f"optimizer {component.name!r}: {who} {mistake}")
    listed = {name for name, argument in _arguments(build).items() if isinstance(argument.default, list)}
    arguments: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) and key not in listed else value
        for key, value in hyperparameters.items()
    }
    optimizer: Any
    if inspect.isclass(build):
        weight_decay = float(arguments.get("weight_decay") or 0.0)
        params: list[Any] = parameter_groups(model, weight_decay) if weight_decay else not_empty(model)
        if factors is not None:
            groups = params if weight_decay else [{"params": params}]
            params = with_rates(groups, model, float(arguments["lr"]), factors)
        optimizer = build(params, **arguments)  # type: ignore[call-arg]
    elif factors is not None:
        raise PluginError(f"optimizer {component.name!r} makes its parameter groups itself; leave lr_factors out")
    else:
        optimizer = build(model, total_steps=total_steps, **arguments)
    missing = [name for name in ("param_groups", "step", "zero_grad") if not hasattr(optimizer, name)]
    if missing:
        raise PluginError(
            f"optimizer {component.name!r}: build returned {type(optimizer).__name__}, which has no {missing[0]}"
        )
    return optimizer  # type: ignore[no-any-return]


def plain_defaults(build: Callable[..., Any]) -> dict[str, Any]:
    """Return the hyper-parameters that an optimizer's signature gives plain values: what it has where none declares it.

    Left out are `lr`, which is tuned; `None`, by which a signature leaves a choice to the class; what is no plain
    data; and torch's technical arguments.
    """
    defaults = {name: argument.default for name, argument in _arguments(build).items()}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in defaults.items()
        if name not in TECHNICAL | {"lr"} and value is not None and is_plain(value)
    }


def _mistakes(build: Callable[..., Any], hyperparameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a build cannot be called with these hyper-parameters."""
    known = _arguments(build)
    arguments = inspect.signature(build).parameters
    if not any(argument.kind is argument.VAR_KEYWORD for argument in arguments.values()):
        for name in hyperparameters:
            if name not in known:
                yield f"has no hyper-parameter {name!r}{closest(name, known)}"
        if not inspect.isclass(build) and "total_steps" not in arguments:
            yield "takes no total_steps: a function is called with (model, *, total_steps, lr, …)"
    for name, argument in known.items():
        if argument.default is argument.empty and name not in hyperparameters:
            yield (
                f"needs {name}: give it in a suite, fixed = {{ {name} = … }}, "
                f"or in a plugin's optbench.Optimizer, defaults={{{name!r}: …}}"
            )


def _arguments(build: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the arguments that are hyper-parameters: all but the first, parameters or model, and the horizon."""
    arguments = list(inspect.signature(build).parameters.values())[1:]
    named = [argument for argument in arguments if argument.kind not in (argument.VAR_KEYWORD, argument.VAR_POSITIONAL)]
    return {argument.name: argument for argument in named if inspect.isclass(build) or argument.name != "total_steps"}
