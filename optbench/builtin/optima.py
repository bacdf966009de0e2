"""The least training loss possible, for the tasks where it is known."""

from __future__ import annotations

import torch
from torch import nn

from optbench import Splits


def quadratic(splits: Splits, model: nn.Module) -> float:
    """Return the least mean of `0.5 (theta - x)^T H (theta - x)`, at theta = mean(x): half of tr(H Cov(x))."""
    samples = splits.train.inputs.cpu().double()
    offsets = samples - samples.mean(0)
    hessian = model.get_buffer("hessian").cpu().double()
    return float(0.5 * ((offsets @ hessian) * offsets).sum(1).mean())


def least_squares(splits: Splits, model: nn.Module) -> float:
    """Return the mean squared error of the best affine map (ordinary least squares)."""
    inputs, targets = (part.cpu().double() for part in (splits.train.inputs.flatten(1), splits.train.targets))
    design = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=torch.float64)], dim=1)
    residuals = targets - design @ torch.linalg.lstsq(design, targets).solution
    return float(residuals.square().mean())


def least_squares_through_zero(splits: Splits, model: nn.Module) -> float:
    """Return the mean squared error of the best linear map without intercept."""
    inputs, targets = (part.cpu().double() for part in (splits.train.inputs.flatten(1), splits.train.targets))
    residuals = targets - inputs @ torch.linalg.lstsq(inputs, targets).solution
    return float(residuals.square().mean())


def surface(splits: Splits, model: nn.Module) -> float:
    """Return 0, the least value of every function of `optbench.builtin.formulas`."""
    return 0.0
