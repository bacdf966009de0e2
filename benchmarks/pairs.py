"""Alternating measurements of two functions, and the ratio between them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Pair:
    """Seconds, or megabytes, of one thing and of what it is compared with, one of each per round."""

    name: str
    against: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    unit: str = "s"

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The quartiles of the rounds' ratios, ours to theirs."""
        low, middle, high = np.percentile(np.divide(self.ours, self.theirs), [25, 50, 75])
        return float(low), float(middle), float(high)

    def __str__(self) -> str:
        low, middle, high = self.quartiles
        ours, theirs = (f"{np.median(side):.3g} {self.unit}" for side in (self.ours, self.theirs))
        return (
            f"{self.name} against {self.against}: ratio {middle:.3f} (quartiles {low:.3f} to {high:.3f}, "
            f"{len(self.ours)} rounds; medians {ours} and {theirs})"
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_json` was made of."""
        return cls(**{**data, "ours": tuple(data["ours"]), "theirs": tuple(data["theirs"])})


def compare(
    name: str,
    ours: Callable[[], float | None],
    against: str,
    theirs: Callable[[], float | None],
    rounds: int,
    unit: str = "s",
) -> Pair:
    """Measure both once per round, in turn first and second; one round before is not counted.

    A function that returns a number says itself how many seconds, or what else of this `unit`, count.
    """
    seconds = np.empty((2, rounds + 1))
    for i in range(rounds + 1):
        for j in (0, 1) if i % 2 else (1, 0):
            begun = perf_counter()
            told = (ours, theirs)[j]()
            seconds[j, i] = perf_counter() - begun if told is None else told
    if not math.isfinite(seconds.sum()):
        raise ValueError(f"{name}: a round was not measured")
    return Pair(name, against, tuple(seconds[0, 1:]), tuple(seconds[1, 1:]), unit)
