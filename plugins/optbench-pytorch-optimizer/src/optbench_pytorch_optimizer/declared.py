"""What the installed package says of its optimizers: which there are, and the defaults of their arguments."""

from __future__ import annotations

import inspect
from typing import Any

import optbench
import pytorch_optimizer
import torch

EXECUTION = {"lr", "maximize", "foreach", "fused", "capturable", "differentiable", "process_group", "bf16_sr"}
"""Arguments that say how a method is carried out, or that every optimizer has: not declared."""


def optimizers() -> dict[str, type[torch.optim.Optimizer]]:
    """Return the classes by lower-case name: those of the registry, and the wrappers that are only exported."""
    named = {name: pytorch_optimizer.load_optimizer(name) for name in pytorch_optimizer.get_supported_optimizers()}
    exported = vars(pytorch_optimizer).values()
    wrappers = {c.__name__.lower(): c for c in exported if inspect.isclass(c) and issubclass(c, torch.optim.Optimizer)}
    return dict(sorted({**wrappers, **named}.items()))


def default_rate(kind: type[torch.optim.Optimizer]) -> float | None:
    """Return the default of the class's `lr`, where it has one."""
    argument = inspect.signature(kind).parameters.get("lr")
    return float(argument.default) if argument and isinstance(argument.default, float | int) else None


def defaults(kind: type[torch.optim.Optimizer]) -> dict[str, Any]:
    """Return the defaults of the class's arguments that are plain data: no functions, types, infinities or None."""
    arguments = inspect.signature(kind).parameters.values()
    return {
        argument.name: _plain(argument.default)
        for argument in arguments
        if argument.name not in EXECUTION and argument.default not in (None, argument.empty)
        if optbench.is_plain(argument.default)
    }


def _plain(value: Any) -> Any:
    """Enumerations as their numbers, and weight decays of 0 as numbers with a point."""
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
