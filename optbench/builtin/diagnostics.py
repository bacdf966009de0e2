"""Measurements inside a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


def gradient_norm(model: nn.Module, optimizer: Any) -> Callable[[int], dict[str, float]]:
    """Measure the Euclidean norm of the last step's gradient: `all` for the model, then each layer by its name.

    A layer is a module with parameters of its own. Before the first step there is no gradient and no number.
    """
    layers = {name or "model": list(module.parameters(recurse=False)) for name, module in model.named_modules()}

    def measure(step: int) -> dict[str, float]:
        norms = {name: _norm(parameters) for name, parameters in layers.items()}
        found = {name: norm for name, norm in norms.items() if norm is not None}
        return {"all": sum(norm**2 for norm in found.values()) ** 0.5} | found if found else {}

    return measure


def path(model: nn.Module, optimizer: Any) -> Callable[[int], dict[str, float]]:
    """Record the parameters of a model that has one or two numbers in all, as `x` and `y`; nothing of larger models."""
    parameters = list(model.parameters())
    small = sum(parameter.numel() for parameter in parameters) <= 2

    def measure(step: int) -> dict[str, float]:
        numbers = torch.cat([parameter.flatten() for parameter in parameters]).tolist() if small else []
        return dict(zip("xy", numbers, strict=False))

    return measure


def _norm(parameters: list[nn.Parameter]) -> float | None:
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else None
