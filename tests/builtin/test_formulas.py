from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd.functional import hessian, jacobian

from optbench.builtin import formulas
from optbench.builtin.surfaces import SURFACES

NAMES = list(SURFACES)
AT_START = {
    "parabola": 100.0,
    "booth": (-8 + 10 - 7) ** 2 + (-16 + 5 - 5) ** 2,
    "rosenbrock": 24.2,
    "beale": 14.203125,
    "himmelblau": (-1 - 11) ** 2 + (1 - 7) ** 2,
    "rastrigin": 20 + 3.3**2 + 2.3**2 - 10 * (np.cos(6.6 * np.pi) + np.cos(4.6 * np.pi)),
}
"""By hand; those of Rosenbrock's and Beale's functions are in Moré, Garbow and Hillstrom (1981)."""


def of(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(formulas, name)
    return function


def derivatives(name: str, point: tuple[float, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradient [D] and Hessian [D, D] at a point."""

    def value(at: torch.Tensor) -> Any:
        return of(name)(*at.unbind())

    at = torch.tensor(point, dtype=torch.float64)
    return jacobian(value, at), hessian(value, at)


@pytest.mark.parametrize("name", NAMES)
def test_the_least_value_is_zero_at_the_minima(name: str) -> None:
    for minimum in SURFACES[name].minima:
        gradient, curvature = derivatives(name, minimum)
        assert of(name)(*minimum) == pytest.approx(0, abs=1e-24)
        assert gradient.abs().max().item() < 1e-12
        assert torch.linalg.eigvalsh(curvature).min().item() > 0.1


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_the_window_is_lower_and_the_lowest_point_is_near_a_minimum(name: str) -> None:
    surface = SURFACES[name]
    grid = np.meshgrid(*(np.linspace(low, high, 401) for low, high in surface.window))
    values = of(name)(*grid)
    assert values.shape == grid[0].shape
    assert values.min() >= 0
    lowest = np.array([axis[np.unravel_index(values.argmin(), values.shape)] for axis in grid])
    assert min(np.abs(lowest - minimum).max() for minimum in surface.minima) < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_the_value_at_the_start(name: str) -> None:
    assert of(name)(*SURFACES[name].start) == pytest.approx(AT_START[name], rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_and_tensors_give_the_same(name: str) -> None:
    points = np.random.default_rng(0).uniform(-3, 3, (len(SURFACES[name].start), 5))
    np.testing.assert_allclose(of(name)(*torch.tensor(points)).numpy(), of(name)(*points), rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_start_and_minima_lie_in_the_window(name: str) -> None:
    surface = SURFACES[name]
    for point in (surface.start, *surface.minima):
        assert all(low < x < high for x, (low, high) in zip(point, surface.window, strict=True))
