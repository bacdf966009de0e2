"""Alternating measurements of two functions, and the ratio between them."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np


def compare(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return seconds of both, one of each per round, in turn first and second; one round before is not counted."""
    seconds = np.empty((2, rounds + 1))
    for i in range(rounds + 1):
        for j in (0, 1) if i % 2 else (1, 0):
            begun = perf_counter()
            (ours, theirs)[j]()
            seconds[j, i] = perf_counter() - begun
    return seconds[0, 1:], seconds[1, 1:]


def describe(name: str, ours: np.ndarray, theirs: np.ndarray) -> str:
    """One line: the median of the ratios, their quartiles, and the median seconds."""
    low, middle, high = np.percentile(ours / theirs, [25, 50, 75])
    return (
        f"{name}: ratio {middle:.3f} (quartiles {low:.3f} to {high:.3f}, {len(ours)} rounds; "
        f"medians {np.median(ours):.3f} s and {np.median(theirs):.3f} s)"
    )
