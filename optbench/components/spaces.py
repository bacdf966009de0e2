"""Search spaces: what of an optimizer may be tuned, declared once for all tasks."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeGuard, cast

from optbench.errors import PluginError


@dataclass(frozen=True)
class Uniform:
    """A real number in `[low, high]`, on a linear scale."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)

    def at(self, unit: float) -> float:
        """Return the point at `unit` in [0, 1) of the way from low to high, to four digits."""
        return four_digits(self.low + unit * (self.high - self.low))

    def contains(self, value: object) -> bool:
        """Whether a value is a number within the bounds."""
        return is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class LogUniform:
    """A positive number in `[low, high]`, on a logarithmic scale: learning rates, weight decay, epsilon."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)
        if self.low <= 0:
            raise PluginError(f"{self!r}: a logarithmic scale needs low > 0")

    def at(self, unit: float) -> float:
        """Return the point at `unit` in [0, 1) of the way from low to high, in logarithms, to four digits."""
        return four_digits(self.low * math.pow(self.high / self.low, unit))

    def contains(self, value: object) -> bool:
        """Whether a value is a number within the bounds."""
        return is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class LogitUniform:
    """A number `x` in `[low, high]` inside (0, 1) for which `1 - x` is on a logarithmic scale: momenta, betas."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)
        if not (self.low >= 0 and self.high < 1):
            raise PluginError(f"{self!r}: needs 0 <= low and high < 1")

    def at(self, unit: float) -> float:
        """Return the point at `unit` in [0, 1) of the way, in logarithms of `1 - x`, to four digits of that."""
        complement = (1 - self.low) * math.pow((1 - self.high) / (1 - self.low), unit)
        return round(1 - four_digits(complement), 12)

    def contains(self, value: object) -> bool:
        """Whether a value is a number within the bounds."""
        return is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of finitely many values."""

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise PluginError("Choice(()): needs at least one value")

    def at(self, unit: float) -> Any:
        """Return the value that `unit` in [0, 1) falls on, each as likely as the others."""
        return self.values[int(unit * len(self.values))]

    def contains(self, value: object) -> bool:
        """Whether a value is among the choices; a list counts as the tuple of its elements."""
        return _as_tuples(value) in map(_as_tuples, self.values)


Space = Uniform | LogUniform | LogitUniform | Choice
"""Any of the search spaces."""
SCALES: dict[str, type[Uniform | LogUniform | LogitUniform]] = {
    "log": LogUniform,
    "linear": Uniform,
    "logit": LogitUniform,
}
"""Ranges by the names of their scales in suite files."""


def four_digits(value: float) -> float:
    """Round to four significant digits, so that two platforms agree on a run's identity."""
    return float(f"{value:.3e}")


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number that a float can hold, true and false not being any."""
    return isinstance(value, Real) and not isinstance(value, bool) and abs(cast(float, value)) <= sys.float_info.max


def _ordered(space: object, low: float, high: float) -> None:
    if not (is_number(low) and is_number(high) and low < high):
        raise PluginError(f"{space!r}: needs finite bounds with low < high")


def _as_tuples(value: object) -> object:
    return tuple(map(_as_tuples, value)) if isinstance(value, list | tuple) else value
