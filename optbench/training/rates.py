"""The learning rates of an optimizer's parameter groups: what the schedule multiplies, and how it sets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def peak_rates(optimizer: Any) -> list[Any]:
    """Return the rate of each group as it was built: a number, a copy of a tensor, or `None` where there is none."""
    rates = [group.get("lr") for group in optimizer.param_groups]
    return [rate.detach().clone() if torch.is_tensor(rate) else rate for rate in rates]


def set_rates(optimizer: Any, peaks: Sequence[Any], factor: float) -> None:
    """Set the rate of each group that has one to its peak times `factor`.

    A rate that is a tensor is changed in place, as torch's own schedulers do: compiled and captured steps hold on to
    the tensor itself.
    """
    for group, peak in zip(optimizer.param_groups, peaks, strict=True):
        if torch.is_tensor(group.get("lr")):
            group["lr"].detach().copy_(torch.as_tensor(peak * factor))
        elif peak is not None:
            group["lr"] = peak * factor
