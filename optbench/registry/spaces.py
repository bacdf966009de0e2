"""Search spaces: what of an optimizer may be tuned, declared once for all tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from optbench.errors import PluginError


@dataclass(frozen=True)
class Uniform:
    """A real number in `[low, high]`, on a linear scale."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)


@dataclass(frozen=True)
class LogUniform:
    """A positive number in `[low, high]`, on a logarithmic scale: learning rates, weight decay, epsilon."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)
        if self.low <= 0:
            raise PluginError(f"{self!r}: a logarithmic scale needs low > 0")


@dataclass(frozen=True)
class LogitUniform:
    """A number `x` in `[low, high]` inside (0, 1) for which `1 - x` is on a logarithmic scale: momenta, betas."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)
        if not (self.low >= 0 and self.high < 1):
            raise PluginError(f"{self!r}: needs 0 <= low and high < 1")


@dataclass(frozen=True)
class Choice:
    """One of finitely many values."""

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise PluginError("Choice(()): needs at least one value")


Space = Uniform | LogUniform | LogitUniform | Choice


def _ordered(space: object, low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise PluginError(f"{space!r}: needs finite bounds with low < high")
