"""The textbook updates of our optimizers, in numpy: what their implementations are compared with.

Each takes the weights, a function from weights to gradient, the number of steps, and the optimizer's hyper-parameters,
and returns the weights after each step. The equations are those of the papers that the optimizers name, with L2 weight
decay as `g + weight_decay * w` where it is no other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]


def sgd(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    momentum: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> list[Array]:
    """b = momentum b + g; w -= lr b, or lr (g + momentum b) with Nesterov's momentum (Sutskever et al. 2013)."""
    path, b = [], np.zeros_like(w)
    for _ in range(steps):
        g = gradient(w) + weight_decay * w
        b = momentum * b + g
        w = w - lr * (g + momentum * b if nesterov else b)
        path.append(w)
    return path


def asgd(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    lambd: float,
    alpha: float,
    t0: float,
    weight_decay: float,
) -> list[Array]:
    """w = (1 - lambd eta) w - eta g with eta = lr / (1 + lambd lr t)^alpha; its average (from t0 on) is not used."""
    path, eta = [], lr
    for t in range(1, steps + 1):
        w = (1 - lambd * eta) * w - eta * (gradient(w) + weight_decay * w)
        eta = lr / (1 + lambd * lr * t) ** alpha
        path.append(w)
    return path


def rprop(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    etas: tuple[float, float],
    step_sizes: tuple[float, float],
) -> list[Array]:
    """Sizes grow by etas[1] while a gradient keeps its sign, shrink by etas[0] when it flips, which skips that step."""
    path, before, size = [], np.zeros_like(w), np.full_like(w, lr)
    for _ in range(steps):
        g = gradient(w)
        factor = np.select([g * before > 0, g * before < 0], [etas[1], etas[0]], 1.0)
        size = np.clip(size * factor, *step_sizes)
        before = np.where(g * before < 0, 0.0, g)
        w = w - np.sign(before) * size
        path.append(w)
    return path


def adagrad(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    lr_decay: float,
    initial_accumulator_value: float,
    eps: float,
    weight_decay: float,
) -> list[Array]:
    """s += g^2; w -= lr / (1 + (t-1) lr_decay) g / (sqrt(s) + eps)."""
    path, s = [], np.full_like(w, initial_accumulator_value)
    for t in range(steps):
        g = gradient(w) + weight_decay * w
        s = s + g**2
        w = w - lr / (1 + t * lr_decay) * g / (np.sqrt(s) + eps)
        path.append(w)
    return path


def adadelta(
    w: Array, gradient: Gradient, *, steps: int, lr: float, rho: float, eps: float, weight_decay: float
) -> list[Array]:
    """d = sqrt(u + eps) / sqrt(s + eps) g with running means s of g^2 and u of d^2; w -= lr d."""
    path, s, u = [], np.zeros_like(w), np.zeros_like(w)
    for _ in range(steps):
        g = gradient(w) + weight_decay * w
        s = rho * s + (1 - rho) * g**2
        d = np.sqrt(u + eps) / np.sqrt(s + eps) * g
        u = rho * u + (1 - rho) * d**2
        w = w - lr * d
        path.append(w)
    return path


def rmsprop(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    alpha: float,
    eps: float,
    momentum: float,
    centered: bool,
    weight_decay: float,
) -> list[Array]:
    """s = alpha s + (1 - alpha) g^2, less the squared mean if centered; b = momentum b + g / (sqrt(s) + eps)."""
    path, s, mean, b = [], np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for _ in range(steps):
        g = gradient(w) + weight_decay * w
        s = alpha * s + (1 - alpha) * g**2
        mean = alpha * mean + (1 - alpha) * g
        b = momentum * b + g / (np.sqrt(s - mean**2 if centered else s) + eps)
        w = w - lr * b
        path.append(w)
    return path


def adam(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    amsgrad: bool = False,
    decoupled: bool = False,
) -> list[Array]:
    """Kingma and Ba 2015, algorithm 1; with `amsgrad` the largest second moment; `decoupled` is AdamW's decay."""
    path, m, v, largest = [], np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w) + (0 if decoupled else weight_decay) * w
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        largest = np.maximum(largest, v)
        second = np.sqrt((largest if amsgrad else v) / (1 - betas[1] ** t))
        w = (1 - lr * weight_decay * decoupled) * w - lr * m / (1 - betas[0] ** t) / (second + eps)
        path.append(w)
    return path


def adamw(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> list[Array]:
    """Loshchilov and Hutter 2019, algorithm 2, with the decay multiplied by the learning rate as in torch."""
    return adam(w, gradient, steps=steps, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, decoupled=True)


def adamax(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> list[Array]:
    """Kingma and Ba 2015, algorithm 2: u = max(beta2 u, |g| + eps); w -= lr / (1 - beta1^t) m / u."""
    path, m, u = [], np.zeros_like(w), np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w) + weight_decay * w
        m = betas[0] * m + (1 - betas[0]) * g
        u = np.maximum(betas[1] * u, np.abs(g) + eps)
        w = w - lr / (1 - betas[0] ** t) * m / u
        path.append(w)
    return path


def nadam(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    momentum_decay: float,
    weight_decay: float,
) -> list[Array]:
    """Dozat 2016, algorithm 8, with mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)."""
    path, m, v, product = [], np.zeros_like(w), np.zeros_like(w), 1.0
    for t in range(1, steps + 1):
        g = gradient(w) + weight_decay * w
        mu, after = (betas[0] * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
        product *= mu
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        direction = after * m / (1 - product * after) + (1 - mu) * g / (1 - product)
        w = w - lr * direction / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        path.append(w)
    return path


def radam(
    w: Array,
    gradient: Gradient,
    *,
    steps: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> list[Array]:
    """Liu et al. 2020, algorithm 2: momentum alone until the variance of the second moment is tractable (rho > 5)."""
    path, m, v = [], np.zeros_like(w), np.zeros_like(w)
    last = 2 / (1 - betas[1]) - 1
    for t in range(1, steps + 1):
        g = gradient(w) + weight_decay * w
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        mean = m / (1 - betas[0] ** t)
        rho = last - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        if rho > 5:
            rectified = np.sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho))
            mean = mean * rectified * np.sqrt(1 - betas[1] ** t) / (np.sqrt(v) + eps)
        w = w - lr * mean
        path.append(w)
    return path
