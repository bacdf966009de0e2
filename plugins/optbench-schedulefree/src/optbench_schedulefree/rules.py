"""The schedule-free methods as their paper states them (arXiv:2405.15682), in numpy, with all three sequences.

In step t = 1, 2, … with the gradient g at y, the direction d (g itself, or Adam's with bias correction), and
weight decay at y:

    y = (1 - beta) z + beta x;   z = z - rate (d + weight_decay y);   x = (1 - c) x + c z
    c = weight_t / (weight_1 + … + weight_t),   weight_t = t^r (largest rate so far)^weight_lr_power

A rule yields the weights after each step: y, where the next gradient is taken, or x for the closure variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]
Direction = Callable[[Array, int], tuple[Array, float]]
"""(gradient, t) to the direction and the factor of the learning rate."""


class _Weights(NamedTuple):
    x: Array
    y: Array


def sgd(weights: Array, gradient: Gradient, *, momentum: float, **named: Any) -> Iterator[Array]:
    """Yield y after each step of schedule-free SGD."""
    return (after.y for after in _path(weights, gradient, lambda g, t: (g, 1.0), momentum, **named))


def sgd_closure(weights: Array, gradient: Gradient, *, momentum: float, **named: Any) -> Iterator[Array]:
    """Yield x after each step of schedule-free SGD."""
    return (after.x for after in _path(weights, gradient, lambda g, t: (g, 1.0), momentum, **named))


def adamw(
    weights: Array, gradient: Gradient, *, betas: tuple[float, float], eps: float, **named: Any
) -> Iterator[Array]:
    """Yield y after each step of schedule-free AdamW."""
    return (after.y for after in _path(weights, gradient, _adam(betas[1], eps), betas[0], **named))


def adamw_closure(
    weights: Array, gradient: Gradient, *, betas: tuple[float, float], eps: float, **named: Any
) -> Iterator[Array]:
    """Yield x after each step of schedule-free AdamW."""
    return (after.x for after in _path(weights, gradient, _adam(betas[1], eps), betas[0], **named))


def adamw_paper(
    weights: Array, gradient: Gradient, *, betas: tuple[float, float], eps: float, **named: Any
) -> Iterator[Array]:
    """Yield y after each step of schedule-free AdamW with the rate, not the moment, corrected for its bias."""
    return (after.y for after in _path(weights, gradient, _adam_of_the_paper(betas[1], eps), betas[0], **named))


def _path(
    weights: Array,
    gradient: Gradient,
    direction: Direction,
    beta: float,
    *,
    steps: int,
    lr: float,
    weight_decay: float,
    r: float,
    weight_lr_power: float,
    warmup: float,
    foreach: bool,
) -> Iterator[_Weights]:
    x, y, z = weights, weights, weights
    largest = total = 0.0
    for t in range(1, steps + 1):
        d, factor = direction(gradient(y), t)
        rate = lr * factor
        largest = max(largest, rate)
        weight = t**r * largest**weight_lr_power
        total += weight
        z = z - rate * (d + weight_decay * y)
        x = x + weight / total * (z - x)
        y = (1 - beta) * z + beta * x
        yield _Weights(x, y)


def _adam(beta2: float, eps: float) -> Direction:
    second: Any = 0.0

    def direction(g: Array, t: int) -> tuple[Array, float]:
        nonlocal second
        second = beta2 * second + (1 - beta2) * g**2
        return g / (np.sqrt(second / (1 - beta2**t)) + eps), 1.0

    return direction


def _adam_of_the_paper(beta2: float, eps: float) -> Direction:
    second: Any = 0.0

    def direction(g: Array, t: int) -> tuple[Array, float]:
        nonlocal second
        second = beta2 * second + (1 - beta2) * g**2
        return g / (np.sqrt(second) + eps), float(np.sqrt(1 - beta2**t))

    return direction
